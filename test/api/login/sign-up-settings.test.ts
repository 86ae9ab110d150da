import { expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { ConfigOverrides } from '../../support/config.js';

async function withApp(config: ConfigOverrides, work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startTestApp({ config });
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

test('a closed registration opens no account, whatever the address', async () => {
  await withApp({ registration: { enabled: false } }, async (app) => {
    const email = newAddress();
    for (const one of [email, 'admin@example.com', 'no address']) {
      const answer = await app.client().signUp({ email: one, password: PASSWORD });
      expect([answer.status, answer.code]).toEqual([403, 'REGISTRATION_DISABLED']);
    }
    expect(await sql(app, 'select id from users where email = ?', [email])).toEqual([]);
  });
});

test('where domains are named, accounts are opened for their addresses and no others', async () => {
  const allowedDomains = ['example.com', 'example.org'];
  await withApp({ registration: { allowedDomains } }, async (app) => {
    const codeFor = async (email: string) =>
      (await app.client().signUp({ email, password: PASSWORD })).code ?? 'accepted';
    for (const email of ['ada@example.com', 'ada@example.org', 'Ada2@EXAMPLE.ORG ']) {
      expect(await codeFor(email), email).toBe('accepted');
    }
    for (const domain of [
      'example.net',
      'sub.example.com',
      'notexample.com',
      'example.com.evil.test',
      'com',
    ]) {
      expect(await codeFor(`ada@${domain}`), domain).not.toBe('accepted');
    }
    expect(await codeFor('ada@example.net')).toBe('EMAIL_DOMAIN_REFUSED');
    expect(await codeFor('"ada@evil.test"@example.com')).toBe('EMAIL_INVALID');
    expect(await sql(app, "select email from users where email like 'ada%' order by email")).toEqual([
      { email: 'ada2@example.org' },
      { email: 'ada@example.com' },
      { email: 'ada@example.org' },
    ]);
  });
});

test('a domain is refused before anything is said of the address', async () => {
  await withApp({ registration: { allowedDomains: ['example.org'] } }, async (app) => {
    const answers = [];
    for (const email of ['admin@example.com', 'nobody@example.com']) {
      answers.push(await app.client().signUp({ email, password: PASSWORD }));
    }
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [422, 'EMAIL_DOMAIN_REFUSED'],
      [422, 'EMAIL_DOMAIN_REFUSED'],
    ]);
  });
});

test('a network that has asked for its share of accounts must wait, and is told how long', async () => {
  await withApp({ rateLimits: { signUpsPerHour: 2 } }, async (app) => {
    const signUp = async () => await app.client().signUp({ email: newAddress(), password: PASSWORD });
    expect([(await signUp()).status, (await signUp()).status]).toEqual([200, 200]);
    const third = await signUp();
    expect([third.status, third.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(third.errors[0]?.extensions['retryAfter']).toBe(Number(third.headers.get('retry-after')));
  });
});
