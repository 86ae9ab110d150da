/** One message to one person. */
export interface MailMessage {
  /** A single address, as parseEmailAddress gives it. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The same at every attempt at the same mail: a copy that arrives twice is recognisable as one. */
  readonly key?: string;
}

/** Hands messages over for delivery. */
export interface Mailer {
  /**
   * Resolves once the message is accepted for delivery; throws MailRefusedError or MailDeliveryError, at once
   * when `signal` aborts.
   */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>;
}

/** The message itself is wrong, whoever would deliver it; nothing was sent. */
export class MailRefusedError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'MailRefusedError';
  }
}

/** The message was not handed over. What the mail server said is in `cause`: never log it, it may quote the address. */
export class MailDeliveryError extends Error {
  /** Whether the same message would be turned down again (RFC 5321 §4.2.1: 5yz); otherwise try later. */
  readonly permanent: boolean;
  /** A word for logs: the reply code of the server, such as `451`, or what failed, such as `ECONNECTION`. */
  readonly reason: string;

  constructor(
    permanent: boolean,
    { reason = 'not_accepted', cause }: { readonly reason?: string; readonly cause?: unknown } = {},
  ) {
    super('The message was not accepted for delivery.', { cause });
    this.name = 'MailDeliveryError';
    this.permanent = permanent;
    this.reason = reason;
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
