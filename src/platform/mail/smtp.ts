import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { createTransport } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import type { Secret } from '../../kernel/secret.js';
import { assertSendable, MailDeliveryError, type Mailer, type MailMessage } from './mailer.js';

/** Where mail is handed over. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314 §3.3); otherwise STARTTLS is demanded. */
  readonly secure: boolean;
  readonly username: string | null;
  readonly password: Secret | null;
  /** The sender: `name@example.com` or `Name <name@example.com>`. */
  readonly from: string;
  /** Sends in the clear to a host other than this machine. Only for networks that are trusted as a whole. */
  readonly allowPlaintext?: boolean;
}

/** Bounds on one delivery, in milliseconds. */
export interface SmtpTimeouts {
  readonly connectMs: number;
  /** Most silence in the middle of a dialogue. */
  readonly idleMs: number;
  /** Most time altogether: a server that answers a byte a second is never silent. */
  readonly totalMs: number;
}

/**
 * Delivers through an SMTP server whose certificate is verified, over TLS unless the server is this machine
 * itself. Every delivery ends within the total time. Throws MailDeliveryError when the server does not take
 * the message; then nothing was delivered, or, after a loss of connection at the very end, perhaps once.
 */
export class SmtpMailer implements Mailer {
  readonly #options: SMTPTransport.Options;
  readonly #from: string;
  readonly #totalMs: number;

  constructor(settings: SmtpSettings, timeouts: SmtpTimeouts = defaultTimeouts) {
    this.#options = transportOptions(settings, timeouts);
    this.#from = settings.from;
    this.#totalMs = timeouts.totalMs;
  }

  async send(message: MailMessage, signal?: AbortSignal): Promise<void> {
    assertSendable(message);
    const { subject, text, html, key } = message;
    // The signal closes the connection, so that a message given up on is not delivered after all.
    const limit = AbortSignal.timeout(this.#totalMs);
    const mail = {
      from: this.#from,
      // An object, not text: text is parsed as a list of recipients.
      to: { name: '', address: message.to },
      subject,
      text,
      html,
      ...(key === undefined ? {} : { messageId: `<${key}@${domainOf(this.#from)}>` }),
      // RFC 3834 §5: holiday notes and their like do not answer it.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    };
    try {
      await createTransport(this.#options).sendMail(mail);
    } catch (cause) {
      throw new MailDeliveryError(isPermanent(cause), { reason: reasonOf(cause), cause });
    }
  }
}

const defaultTimeouts: SmtpTimeouts = { connectMs: 5_000, idleMs: 10_000, totalMs: 20_000 };

function transportOptions(settings: SmtpSettings, timeouts: SmtpTimeouts): SMTPTransport.Options {
  const { host, port, secure, username, password, allowPlaintext = false } = settings;
  const plaintext = !secure && (allowPlaintext || isThisMachine(host));
  return {
    host,
    port,
    secure,
    requireTLS: !secure && !plaintext,
    // A server on this machine rarely has a certificate to verify, and its traffic passes no network.
    ignoreTLS: plaintext,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true },
    auth: username === null ? undefined : { user: username, pass: password?.reveal() ?? '' },
    dnsTimeout: timeouts.connectMs,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.connectMs,
    socketTimeout: timeouts.idleMs,
    // No part of a message may name a file or an address to fetch its content from.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function isThisMachine(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return ipaddr.process(host).range() === 'loopback';
}

function isPermanent(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('responseCode' in cause)) return false;
  // A refused sign-in or command is a matter of configuration: the message itself may well go out later.
  const aboutMessage = 'command' in cause && ['RCPT TO', 'DATA'].includes(String(cause.command));
  return aboutMessage && Number(cause.responseCode) >= 500;
}

/** The reply code, or the name of what failed: neither can quote anything. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  if ('responseCode' in cause && Number.isInteger(cause.responseCode)) return String(cause.responseCode);
  if ('code' in cause && typeof cause.code === 'string' && /^\w{1,40}$/.test(cause.code)) return cause.code;
  return /^\w{1,40}$/.test(cause.name) ? cause.name : 'unknown';
}

function domainOf(sender: string): string {
  return /@([^\s@<>]+)>?\s*$/.exec(sender)?.[1] ?? 'localhost';
}
