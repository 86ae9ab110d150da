import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import type { Answer } from '../../support/client.js';
import { newVerifiedPerson } from '../../support/email-flows.js';
import {
  forgetLoginLinks,
  loginLinksOn,
  loginWithLink,
  loginWithLinkCode,
  mailedLogin,
  requestLoginLink,
} from '../../support/login-links.js';
import { codeIn, lastMailTo, mailsTo, tokenIn } from '../../support/mails.js';
import { effortOf, seen } from '../../support/told-apart.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: loginLinksOn });
});
afterAll(async () => await app.close());

test('mails link and code for ten minutes, in the language of the owner, and is audited', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, "update users set locale = 'de-AT' where id = ?", [id]);
  const before = Date.now();
  const { data, errors } = await requestLoginLink(app.client(), email);
  expect(errors).toEqual([]);
  const until = new Date(data?.['requestLoginLink'].expiresAt).getTime();
  expect(until).toBeGreaterThanOrEqual(before + 600_000);
  expect(until).toBeLessThanOrEqual(Date.now() + 600_000);
  const mail = await lastMailTo(app, email);
  expect(mail.subject).toBe('Bei Latchkey anmelden');
  expect([tokenIn(mail).length, codeIn(mail).length]).toEqual([43, 6]);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('login_link.requested');
});

test('lets the browser be recognised, and one that is recognised already keeps its name', async () => {
  const { email } = await newPerson(app);
  const browser = new Browser(app.url);
  await requestLoginLink(browser, email);
  const device = browser.cookie('device');
  expect(device).toBeDefined();
  const first = tokenIn(await lastMailTo(app, email));
  await requestLoginLink(browser, (await newPerson(app)).email);
  expect(await loginWithLinkCode(browser, { token: first })).toBe('LoginSucceeded');
});

test('an address in other letters is the same address', async () => {
  const { email } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  const answer = await requestLoginLink(app.client(), ` ${email.toUpperCase().replace('@', '＠')} `);
  expect(answer.errors).toEqual([]);
  expect(await mailsTo(app, email)).toHaveLength(before + 1);
});

test.each(['', 'nobody', 'a@b', 'x'.repeat(2_000)])('"%s" is no address', async (email) => {
  const answer = await requestLoginLink(app.client(), email);
  expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
});

test('an unknown audience is refused before anybody is written to', async () => {
  const { email } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  const answer = await requestLoginLink(app.client(), email, { audience: 'https://nobody.example.com' });
  expect(answer.code).toBe('AUDIENCE_UNKNOWN');
  expect(await mailsTo(app, email)).toHaveLength(before);
});

test.each(['known', 'unknown'])('for a %s address, five mails an hour', async (kind) => {
  const email = kind === 'known' ? (await newPerson(app)).email : newAddress();
  for (let n = 0; n < 5; n += 1) {
    expect((await requestLoginLink(app.client(), email)).errors, `mail ${n}`).toEqual([]);
  }
  const answer = await requestLoginLink(app.client(), email);
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('a network that has asked for its share of mails must wait', async () => {
  const rateLimits = { mailRequestsPerHour: 2 };
  const strict = await startTestApp({ config: { ...loginLinksOn, rateLimits } });
  try {
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) codes.push((await requestLoginLink(strict.client(), newAddress())).code);
    expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED']);
  } finally {
    await strict.close();
  }
});

test('token, code and device are in the mail and the cookie alone, not in the database', async () => {
  const { email } = await newPerson(app);
  const { browser, token, code } = await mailedLogin(app, email);
  const rows = JSON.stringify([
    await sql(app, "select * from challenges where purpose like 'login_link%'"),
    await sql(app, 'select * from audit_events'),
    await sql(app, 'select * from audit_personal'),
    await sql(app, 'select * from outgoing_mails'),
  ]);
  const payload = Buffer.from(browser.cookie('device')?.split('.')[0] ?? '', 'base64url').toString();
  const [device = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(payload) ?? [];
  expect(device).not.toBe('');
  for (const secret of [token, `"${code}"`, device]) expect(rows).not.toContain(secret);
});

/** Whose address it is, as far as the server knows. */
const STANDINGS = ['active', 'deactivated', 'deleted', 'never verified', 'without a password'] as const;

describe.each(STANDINGS)('an address that is %s', (standing) => {
  let email: string;
  beforeAll(async () => {
    const person = await (standing === 'never verified' ? newPerson(app) : newVerifiedPerson(app));
    ({ email } = person);
    if (standing === 'deactivated' || standing === 'deleted') {
      await sql(app, 'update users set status = ? where id = ?', [standing, person.id]);
    }
    if (standing === 'without a password') {
      await sql(app, 'delete from passwords where user_id = ?', [person.id]);
    }
  });
  beforeEach(async () => {
    await forgetLoginLinks(app, email);
    await sql(app, 'delete from failure_counters');
  });

  test('gets the same answer as one that nobody has, and its owner alone is written to', async () => {
    const before = (await mailsTo(app, email)).length;
    const stranger = newAddress();
    const known = await requestLoginLink(app.client(), email);
    const unknown = await requestLoginLink(app.client(), stranger);
    expect(told(known)).toEqual(told(unknown));
    expect(known.status).toBe(200);
    const open = standing !== 'deactivated' && standing !== 'deleted';
    expect(await mailsTo(app, email)).toHaveLength(before + (open ? 1 : 0));
    expect(await mailsTo(app, stranger)).toEqual([]);
  });

  test('is written about in as many rows and statements as one that nobody has', async () => {
    const effortFor = async (address: string) =>
      await effortOf(app, async () => void (await requestLoginLink(new Browser(app.url), address)));
    await effortFor(newAddress());
    const known = await effortFor(email);
    expect(known).toEqual(await effortFor(newAddress()));
    expect(known.rows).toBeGreaterThan(3);
    expect(known.statements).toBeGreaterThan(4);
  });

  test('answers wrong codes like one that nobody has, one by one', async () => {
    const answers: unknown[][] = [];
    for (const address of [email, newAddress()]) {
      const { data } = await requestLoginLink(app.client(), address);
      const guess = { challengeId: data?.['requestLoginLink'].challengeId, code: '00000x' };
      const own: unknown[] = [];
      for (let n = 0; n < 8; n += 1) own.push(told(await loginWithLink(app.client(), guess)));
      answers.push(own);
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

/** All of an answer that could tell two apart, but for what is random. */
function told(answer: Answer): unknown {
  const cookies = answer.headers.getSetCookie().map((line) => line.replace(/=[^;]+/, '='));
  const payload = answer.data?.['requestLoginLink'];
  const data = payload ? { requestLoginLink: Object.keys(payload) } : answer.data;
  return { ...seen(answer, ['set-cookie']), data, cookies };
}
