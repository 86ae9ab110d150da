import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Config } from '../../src/platform/config/config.js';

/** A mail as it came over the wire, and what a mail program makes of it. */
export interface ReceivedMail {
  /** The recipients that the server was told, whatever the headers say. */
  readonly envelopeTo: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * How the server takes mail: `accept`; `tempfail` (451) and `refuse` (550) at the recipient; `hang` at the
 * recipient for ever; `slow`, a second late; `lose answer`: the mail is in, but the connection is lost before
 * the sender hears of it.
 */
export type Manners = 'accept' | 'tempfail' | 'refuse' | 'hang' | 'slow' | 'lose answer';

const SLOW_MS = 1_000;
const PATIENCE_MS = 30_000;

/** A real SMTP server on a free port of the loopback interface, which keeps what it receives. */
export class SmtpSink {
  private readonly received: ReceivedMail[] = [];
  private readonly sockets = new Set<Socket>();
  private manners: Manners = 'accept';
  private tries = 0;
  private server: SMTPServer;

  private constructor() {
    this.server = this.create();
  }

  /** Starts a server that accepts everything. */
  static async start(): Promise<SmtpSink> {
    const sink = new SmtpSink();
    await sink.listen(0);
    return sink;
  }

  port = 0;

  /** The settings that make the application send here: `startTestApp({ config: { mail: sink.mail } })`. */
  get mail(): Config['mail'] {
    return {
      kind: 'smtp',
      host: '127.0.0.1',
      port: this.port,
      secure: false,
      username: null,
      password: null,
      from: 'Latchkey <no-reply@auth.example.com>',
    };
  }

  /** Everything that was received, in order. */
  get mails(): readonly ReceivedMail[] {
    return this.received;
  }

  /** How often somebody tried to hand over a mail, whatever came of it. */
  get attempts(): number {
    return this.tries;
  }

  /** The mails to one address, oldest first. */
  to(address: string): readonly ReceivedMail[] {
    return this.received.filter(({ envelopeTo }) => envelopeTo.includes(address));
  }

  /** The mails to one address, once there are at least `count`. Rejects after 30 seconds. */
  async waitFor(address: string, count = 1): Promise<readonly ReceivedMail[]> {
    await this.until(() => this.to(address).length >= count, `${count} mails to ${address}`);
    return this.to(address);
  }

  /** Resolves when so many hand-overs were tried in all. Rejects after 30 seconds. */
  async waitForAttempts(count: number): Promise<void> {
    await this.until(() => this.tries >= count, `${count} attempts`);
  }

  /** From now on the server behaves so; connections that it left hanging are cut. */
  behave(manners: Manners): void {
    if (this.manners === 'hang') this.cut();
    this.manners = manners;
  }

  /** Forgets the mails so far. */
  clear(): void {
    this.received.splice(0);
  }

  /** Nobody listens any more, and whoever is connected is cut off; `up` listens again at the same port. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** Listens again after `down`. */
  async up(): Promise<void> {
    this.server = this.create();
    await this.listen(this.port);
  }

  private cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private create(): SMTPServer {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 100,
      onRcptTo: (_address, _session, done) => this.meet(done),
      // A client that goes away in the middle of its message has not delivered it.
      onData: (stream, session, done) => void this.take(stream, session, done).catch(() => {}),
    });
    // Its own connections, and what clients do to them, are what the tests are about.
    server.on('error', () => {});
    server.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    return server;
  }

  private async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  private meet(done: (error?: Error | null) => void): void {
    this.tries += 1;
    if (this.manners === 'hang') return;
    // Servers like to quote the address in what they say.
    if (this.manners === 'tempfail') return done(answer(451, 'Mailbox of <somebody@example.com> is busy'));
    if (this.manners === 'refuse') return done(answer(550, 'No such user <somebody@example.com>'));
    if (this.manners === 'slow') return void setTimeout(done, SLOW_MS);
    done();
  }

  private async take(
    stream: SMTPServerDataStream,
    { envelope }: SMTPServerSession,
    done: () => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const parsed = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
    const { subject = '', text = '', html } = parsed;
    const envelopeTo = envelope.rcptTo.map(({ address }) => address);
    this.received.push({ envelopeTo, raw: raw.toString('utf8'), parsed, subject, text, html: html || '' });
    if (this.manners === 'lose answer') return this.cut();
    done();
  }

  private async until(isSo: () => boolean, what: string): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      if (performance.now() > giveUpAt) {
        const seen = this.received.map(({ envelopeTo, subject }) => `${envelopeTo.join()}: ${subject}`);
        throw new Error(`The SMTP server did not see ${what}; it received\n${seen.join('\n')}`);
      }
      await sleep(10);
    }
  }
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
