import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { devMailboxRoutes } from '../../../src/http/dev-mailbox.route.js';
import { errorHandler } from '../../../src/http/error-handler.js';
import { securityHeaders } from '../../../src/http/security-headers.js';
import { DevMailbox } from '../../../src/platform/mail/dev-mailbox.js';
import { definitions, exampleTexts, verifyEmail } from '../platform/mail/mail-fixture.js';

let app: FastifyInstance;
let mailbox: DevMailbox;

beforeEach(() => start('development'));
afterEach(() => app.close());

async function start(environment: 'development' | 'production') {
  mailbox = new DevMailbox({ from: 'Latchkey <no@auth.test>', clock: { now: () => new Date(0) } });
  app = Fastify();
  await app.register(securityHeaders, { publicUrl: 'http://localhost:4000' });
  await app.register(errorHandler, { isUnavailable: () => false });
  await app.register(devMailboxRoutes, { mailbox, environment, texts: await exampleTexts(), definitions });
}

function get(url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') {
  return app.inject({ url, headers: { host: 'localhost:4000', ...headers }, remoteAddress });
}

describe('the development mailbox', () => {
  it('shows its mail, escaped, with working links, under a policy without scripts', async () => {
    const text = 'Click https://auth.test/verify?a=1&b="2" <script>alert(1)</script>';
    await mailbox.send({ to: 'ada@example.com', subject: '<img src=x onerror=alert(1)>', text });
    const answer = await get('/dev/mailbox');
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toMatch(/<script|<img|<iframe|style=/);
    expect(answer.body).toContain('<a href="https://auth.test/verify?a=1&amp;b=" rel="noreferrer">');
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'",
    );
    expect((await get('/dev/mailbox/style.css')).headers['content-type']).toMatch(/^text\/css/);
  });

  it('says when it is empty', async () => {
    expect((await get('/dev/mailbox')).body).toContain('No mail yet');
  });

  it('shows the HTML of a mail in a frame where nothing of it can run, load or be sent', async () => {
    const html =
      '<html><head></head><body><script>alert(1)</script><a href="https://auth.test">x</a></body></html>';
    await mailbox.send({ to: 'ada@example.com', subject: 'Hello', text: 'Hi', html });
    const { body } = await get('/dev/mailbox');
    const [, address = ''] = /<iframe sandbox="[^"]*" [^>]*src="([^"]+)"/.exec(body) ?? [];
    expect(body).not.toContain('<script');
    expect(body).not.toMatch(/sandbox="[^"]*allow-(scripts|same-origin|forms)/);
    const framed = await get(address);
    expect(framed.statusCode).toBe(200);
    expect(framed.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(framed.headers['x-frame-options']).toBe('SAMEORIGIN');
    const policy = String(framed.headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'self'; sandbox/);
    expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin|connect-src/);
    // A link opens beside the page: in the frame it could lead anywhere.
    expect(framed.body).toContain('<base target="_blank">');
  });

  it('knows no mail that it did not keep, and no HTML of one that has none', async () => {
    await mailbox.send({ to: 'ada@example.com', subject: 'Hello', text: 'Hi' });
    const { id } = mailbox.messages()[0] ?? { id: '' };
    for (const path of [id, 'nobody', '..%2f..', '%00']) {
      expect((await get(`/dev/mailbox/messages/${path}/html`)).statusCode).toBe(404);
    }
  });

  it('previews every kind of mail in every language, as text and as HTML', async () => {
    const { body } = await get('/dev/mailbox/preview');
    for (const { name } of definitions) {
      for (const language of ['de', 'en']) {
        const address = `/dev/mailbox/preview/${language}/${name}/html`;
        expect(body).toContain(`src="${address}"`);
        const framed = await get(address);
        expect(framed.body).toContain(`<html lang="${language}"`);
        expect(framed.headers['content-security-policy']).toContain('sandbox');
      }
    }
    expect(body).toContain('Bestätigen Sie Ihre E-Mail-Adresse für Example Shop');
    expect(body).toContain(`<a href="${verifyEmail.sample.link}"`);
    for (const wrong of ['fr/verify_email', 'en/no_such_mail', 'en/__proto__', '../verify_email']) {
      expect((await get(`/dev/mailbox/preview/${wrong}/html`)).statusCode).toBe(404);
    }
  });

  it('gives its mail to tests', async () => {
    await mailbox.send({ to: 'ada@example.com', subject: 'Hello', text: 'Hi' });
    expect((await get('/dev/mailbox/messages')).json()).toEqual([
      {
        id: expect.any(String),
        to: 'ada@example.com',
        from: 'Latchkey <no@auth.test>',
        subject: 'Hello',
        text: 'Hi',
        sentAt: '1970-01-01T00:00:00.000Z',
      },
    ]);
  });

  it.each([
    ['another machine', {}, '192.168.1.20'],
    ['a proxy on this machine', { 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'],
    ['another proxy on this machine', { forwarded: 'for=127.0.0.1' }, '127.0.0.1'],
    ['a site that rebound its name', { host: 'evil.test:4000' }, '127.0.0.1'],
    ['a site that says otherwise', { host: 'evil.test', 'x-forwarded-host': 'localhost' }, '127.0.0.1'],
  ])('does not exist for %s', async (_case, headers, remoteAddress) => {
    await mailbox.send({ to: 'ada@example.com', subject: 'Hello', text: 'Hi', html: '<p>Hi</p>' });
    const { id } = mailbox.messages()[0] ?? { id: '' };
    for (const path of ['', '/messages', `/messages/${id}/html`, '/style.css', '/preview']) {
      expect((await get(`/dev/mailbox${path}`, headers, remoteAddress)).statusCode).toBe(404);
      expect((await get(`/dev/mailbox${path}`)).statusCode).toBe(200);
    }
  });

  it('does not exist in production', async () => {
    await app.close();
    await start('production');
    expect((await get('/dev/mailbox')).statusCode).toBe(404);
    expect((await get('/dev/mailbox/messages')).statusCode).toBe(404);
    expect((await get('/dev/mailbox/preview')).statusCode).toBe(404);
  });

  it('keeps the last hundred and refuses what a mailer refuses', async () => {
    for (let number = 1; number <= 105; number += 1) {
      await mailbox.send({ to: `user${number % 2}@example.com`, subject: `Mail ${number}`, text: '' });
    }
    expect(mailbox.messages()).toHaveLength(100);
    expect(mailbox.messages()[0]?.subject).toBe('Mail 6');
    expect(mailbox.messages('user1@example.com')).toHaveLength(50);
    await expect(mailbox.send({ to: 'a@b.c', subject: 'x\r\ny', text: '' })).rejects.toThrow('subject');
    mailbox.clear();
    expect(mailbox.messages()).toEqual([]);
  });
});
