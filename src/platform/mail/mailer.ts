/** One message to one person. */
export interface MailMessage {
  /** A single address, as parseEmailAddress gives it. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Hands messages over for delivery. */
export interface Mailer {
  /** Resolves once the message is accepted for delivery; throws MailRefusedError or MailDeliveryError. */
  send(message: MailMessage): Promise<void>;
}

/** The message itself is wrong, whoever would deliver it; nothing was sent. */
export class MailRefusedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'MailRefusedError';
  }
}

/** The message was not handed over. The reason is in `cause`, for the log only: it may quote the address. */
export class MailDeliveryError extends Error {
  /** Whether the same message would be turned down again (RFC 5321 §4.2.1: 5yz); otherwise try later. */
  readonly permanent: boolean;

  constructor(permanent: boolean, options: { readonly cause?: unknown } = {}) {
    super('The message was not accepted for delivery.', options);
    this.name = 'MailDeliveryError';
    this.permanent = permanent;
  }
}

/**
 * Throws MailRefusedError unless the message has exactly one recipient and no line break or control character
 * where a header would be written from it (ASVS 1.3.11): a name or an address must not add a Bcc.
 */
export function assertSendable({ to, subject }: MailMessage): void {
  if (to.length > 254 || !singleAddress.test(to))
    throw new MailRefusedError('The recipient is not one address.');
  if (/\p{Cc}|\u2028|\u2029/u.test(subject))
    throw new MailRefusedError('The subject has control characters.');
  if (subject.length > 500) throw new MailRefusedError('The subject is too long.');
}

// No list separators, brackets, comments, quotes or spaces: one mailbox, and nothing else a mail parser knows.
const singleAddress = /^[^\s\p{Cc}@<>()[\]:;,\\"]+@[^\s\p{Cc}@<>()[\]:;,\\"]+$/u;
