import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import { SmtpMailer, type SmtpSettings, type SmtpTimeouts } from '../../../../src/platform/mail/smtp.js';

const message = { to: 'ada@example.com', subject: 'Grüße', text: 'Your link:\n.\nhttps://auth.test/x' };
const timeouts: SmtpTimeouts = { connectMs: 300, idleMs: 300, totalMs: 600 };

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

interface Received {
  readonly to: readonly string[];
  readonly raw: string;
}

async function smtp(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  closers.push(() => server.close());
  return { received, port: await portOf(server.server) };
}

/** A server that says what the function writes, and nothing else. */
async function raw(behave: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: await portOf(server) };
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function mailer(port: number, settings: Partial<SmtpSettings> = {}) {
  const defaults = {
    host: '127.0.0.1',
    secure: false,
    username: null,
    password: null,
    from: 'Latchkey <no@auth.test>',
  };
  return new SmtpMailer({ ...defaults, port, ...settings }, timeouts);
}

describe('the SMTP mailer', () => {
  it('delivers a message to its recipient', async () => {
    const { port, received } = await smtp();
    await mailer(port).send({ ...message, html: '<p>Your link</p>' });
    expect(received).toHaveLength(1);
    expect(received[0]?.to).toEqual(['ada@example.com']);
    expect(received[0]?.raw).toMatch(/^From: Latchkey <no@auth\.test>\r$/m);
    expect(received[0]?.raw).toContain('Subject: =?UTF-8?');
    expect(received[0]?.raw).toContain('multipart/alternative');
  });

  it('signs in when it is told how', async () => {
    const seen: unknown[] = [];
    const { port } = await smtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        seen.push(username, password);
        done(null, { user: username });
      },
    });
    await mailer(port, { username: 'latchkey', password: new Secret('hunter2') }).send(message);
    expect(seen).toEqual(['latchkey', 'hunter2']);
  });

  it.each([
    { to: 'ada@example.com\r\nBcc: eve@evil.test' },
    { to: 'ada@example.com, eve@evil.test' },
    { to: 'Ada <eve@evil.test>' },
    { to: '"a"@example.com' },
    { to: 'ada' },
    { subject: 'Hello\r\nBcc: eve@evil.test' },
    { subject: 'Hello\nX: y' },
    { subject: 'Hello\u0000' },
    { subject: 'x'.repeat(501) },
  ])('sends nothing that could add a header or a recipient: %j', async (wrong) => {
    const { port, received } = await smtp();
    await expect(mailer(port).send({ ...message, ...wrong })).rejects.toThrow(/recipient|subject/);
    expect(received).toEqual([]);
  });

  it.each([
    [451, false],
    [550, true],
  ])('tells a refusal with %i for later from one for good', async (responseCode, permanent) => {
    const refuse: SMTPServerOptions = {
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode })),
    };
    const { port } = await smtp(refuse);
    await expect(mailer(port).send(message)).rejects.toMatchObject({ name: 'MailDeliveryError', permanent });
  });

  it('is not made to give up a message by a wrong password', async () => {
    const { port } = await smtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('no')),
    });
    const sending = mailer(port, { username: 'latchkey', password: new Secret('wrong') }).send(message);
    await expect(sending).rejects.toMatchObject({ permanent: false });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['never greets', () => undefined],
    ['hangs in the dialogue', (socket) => socket.write('220 hello\r\n')],
    ['answers a byte at a time', (socket) => void setInterval(() => socket.write('2'), 50).unref()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['speaks another protocol', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('gives up within its time on a server that %s', async (_case, behave) => {
    const { port } = await raw(behave);
    const startedAt = performance.now();
    await expect(mailer(port).send(message)).rejects.toMatchObject({ permanent: false });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('does not deliver after all once it has given up', async () => {
    const { port, received } = await smtp({
      onRcptTo: (_address, _session, done) => void setTimeout(done, 900),
    });
    const patient = { connectMs: 300, idleMs: 5000, totalMs: 300 };
    const settings = {
      host: '127.0.0.1',
      port,
      secure: false,
      username: null,
      password: null,
      from: 'no@auth.test',
    };
    await expect(new SmtpMailer(settings, patient).send(message)).rejects.toThrow('not accepted');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(received).toEqual([]);
  });

  it('is refused when nobody listens', async () => {
    const { port } = await smtp();
    closers.splice(0).forEach((close) => close());
    await expect(mailer(port).send(message)).rejects.toMatchObject({ permanent: false });
  });
});

describe('TLS', () => {
  // Reaches this machine without being a loopback address, so the mailer takes it for another one.
  const elsewhere = { host: '0.0.0.0' };

  it('is demanded of every other machine', async () => {
    const { port, received } = await smtp();
    await expect(mailer(port, elsewhere).send(message)).rejects.toMatchObject({ cause: { code: 'ETLS' } });
    expect(received).toEqual([]);
  });

  it.each([true, false])(
    'is worth nothing with a certificate nobody vouches for (secure: %s)',
    async (secure) => {
      const { port, received } = await smtp({ secure, disabledCommands: [] });
      const settings = { ...elsewhere, secure, allowPlaintext: false };
      await expect(mailer(port, settings).send(message)).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/certificate|self-signed/) },
      });
      expect(received).toEqual([]);
    },
  );

  it('is left out only when that is said', async () => {
    const { port, received } = await smtp();
    await mailer(port, { ...elsewhere, allowPlaintext: true }).send(message);
    expect(received).toHaveLength(1);
  });
});
