import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../../src/kernel/caller.js';
import { auditNamesOf, newAddress, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import {
  generousLimits,
  mailedVerification,
  newVerifiedPerson,
  requestVerification,
  verifyEmail,
} from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('an address that waits for its proof gets a link to the configured page and six digits', async () => {
  const { email, id } = await newPerson(app);
  const { mail, code } = await mailedVerification(app, email);
  expect(mail.text).toContain('http://localhost:3000/account/verify-email#token=');
  expect(code).toMatch(/^\d{6}$/);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('email_verification.requested');
});

const standings: readonly [string, () => Promise<string>][] = [
  ['that nobody has', async () => newAddress()],
  ['that is proved already', async () => (await newVerifiedPerson(app)).email],
  ['of a deactivated account', async () => await closed('deactivated')],
  ['of a deleted account', async () => await closed('deleted')],
];

test.each(standings)('an address %s gets the same answer, and no mail', async (_, addressOf) => {
  const email = await addressOf();
  const before = (await mailsTo(app, email)).length;
  const waiting = await requestVerification(app.client(), (await newPerson(app)).email);
  const answer = await requestVerification(app.client(), email);
  const shown = ({ status, errors, data }: typeof answer) => ({
    status,
    errors,
    accepted: data?.['requestEmailVerification'].accepted,
    isId: UUID.test(data?.['requestEmailVerification'].challengeId),
  });
  expect(shown(answer)).toEqual({ status: 200, errors: [], accepted: true, isId: true });
  expect(shown(answer)).toEqual(shown(waiting));
  expect(await mailsTo(app, email)).toHaveLength(before);
});

test.each(standings)('of an address %s, the code fails as a wrong one does', async (_, addressOf) => {
  const codesOf = async (email: string) => {
    const { data } = await requestVerification(app.client(), email);
    const { challengeId } = data?.['requestEmailVerification'] ?? {};
    const codes = [];
    for (let n = 0; n < 7; n += 1) {
      codes.push((await verifyEmail(app.client(), { challengeId, code: 'wrong!' })).code);
    }
    return codes;
  };
  const waiting = await codesOf((await newPerson(app)).email);
  expect(await codesOf(await addressOf())).toEqual(waiting);
  expect(waiting.at(-1)).toBe('CHALLENGE_EXHAUSTED');
});

test('at most three mails an hour go to one address, however it is written, known or not', async () => {
  for (const email of [(await newVerifiedPerson(app)).email, newAddress()]) {
    const spellings = [email, email.toUpperCase(), ` ${email}`, email, email];
    const codes = [];
    for (const spelling of spellings) codes.push((await requestVerification(app.client(), spelling)).code);
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    expect(codes.filter((code) => code === undefined).length).toBeLessThanOrEqual(3);
  }
});

test('who asked too often is told when to come back', async () => {
  const email = newAddress();
  for (let n = 0; n < 3; n += 1) await requestVerification(app.client(), email);
  const answer = await requestVerification(app.client(), email);
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('a network has a budget of its own, so that nobody writes to the whole world', async () => {
  const strict = await startTestApp({
    config: { rateLimits: { ...generousLimits, mailRequestsPerHour: 2 } },
  });
  try {
    const codes = [];
    for (let n = 0; n < 3; n += 1) {
      codes.push((await requestVerification(strict.client(), newAddress())).code);
    }
    expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED']);
  } finally {
    await strict.close();
  }
});

test.each(['', 'nobody', 'a@b', `${'x'.repeat(300)}@example.com`])('"%s" is no address', async (email) => {
  const answer = await requestVerification(app.client(), email);
  expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
});

test('for somebody who has shown that the account is theirs, no mail is sent once the hour’s are spent, and the last code counts', async () => {
  const { email } = await newPerson(app);
  const { users, emailVerification } = app.services;
  const user = await users.findByEmail(email);
  if (!user) throw new Error('There is no such user.');
  const ids = [];
  for (let n = 0; n < 5; n += 1)
    ids.push((await emailVerification.requestFor(systemCaller(), user)).challengeId);
  expect(new Set(ids).size).toBeLessThanOrEqual(3);
  expect(ids[4]).toBe(ids[3]);
  const [, code = ''] = /\s(\d{6})\s/.exec((await mailsTo(app, email)).at(-1)?.text ?? '') ?? [];
  expect((await verifyEmail(app.client(), { challengeId: ids[4], code })).errors).toEqual([]);
});

async function closed(status: string): Promise<string> {
  const { email, id } = await newPerson(app);
  await sql(app, 'update users set status = ? where id = ?', [status, id]);
  return email;
}
