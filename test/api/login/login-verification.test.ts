import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, PASSWORD, sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits, verifyEmail } from '../../support/email-flows.js';
import { codeIn, lastMailTo, mailsTo, tokenIn } from '../../support/mails.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { rateLimits: generousLimits, registration: { requireVerifiedEmail: true } },
  });
});
afterAll(async () => await app.close());

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on EmailVerificationRequired { challengeId } } }`;
const login = async (email: string, password = PASSWORD): Promise<Answer> =>
  await app.client().send(LOGIN, { input: { email, password } });

async function unverified(): Promise<{ email: string; id: string }> {
  const email = newAddress();
  expect((await app.client().signUp({ email, password: PASSWORD })).errors).toEqual([]);
  const [row] = await sql(app, 'select id from users where email = ?', [email]);
  return { email, id: String(row?.['id']) };
}

test('with the right password, whoever has not proved their address is asked to, and not signed in', async () => {
  const { email, id } = await unverified();
  const answer = await login(email);
  expect([answer.status, answer.errors]).toEqual([200, []]);
  expect(answer.data?.['login'].__typename).toBe('EmailVerificationRequired');
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(JSON.stringify(answer.data)).not.toMatch(/token/i);
  expect(await sql(app, 'select id from sessions where user_id = ?', [id])).toEqual([]);
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names).toContain('login.deferred');
  expect(names).not.toContain('login.succeeded');
});

test('the code of a fresh mail proves the address, and then the password signs in', async () => {
  const { email } = await unverified();
  const before = (await mailsTo(app, email)).length;
  const challengeId = (await login(email)).data?.['login'].challengeId;
  expect(await mailsTo(app, email)).toHaveLength(before + 1);
  const code = codeIn(await lastMailTo(app, email));
  expect((await verifyEmail(app.client(), { challengeId, code })).errors).toEqual([]);
  expect((await login(email)).data?.['login'].__typename).toBe('LoginSucceeded');
});

test('so does the link of the mail that the sign-up sent', async () => {
  const { email } = await unverified();
  expect((await verifyEmail(app.client(), { token: tokenIn(await lastMailTo(app, email)) })).errors).toEqual(
    [],
  );
  expect((await login(email)).data?.['login'].__typename).toBe('LoginSucceeded');
});

test('with a wrong password nothing is asked, and nothing is sent', async () => {
  const { email } = await unverified();
  const before = (await mailsTo(app, email)).length;
  const wrong = await login(email, 'wrong');
  const unknown = await login(newAddress(), 'wrong');
  expect([wrong.status, wrong.code, wrong.data]).toEqual([401, 'INVALID_CREDENTIALS', null]);
  expect([unknown.status, unknown.code, unknown.data]).toEqual([wrong.status, wrong.code, wrong.data]);
  expect(await mailsTo(app, email)).toHaveLength(before);
});

test('a deactivated account is told that its password is wrong, not that its address is unproved', async () => {
  const { email, id } = await unverified();
  await sql(app, "update users set status = 'deactivated' where id = ?", [id]);
  expect((await login(email)).code).toBe('INVALID_CREDENTIALS');
});

test('after three mails an hour none is sent, and the answer says what is still good, or nothing', async () => {
  const { email, id } = await unverified();
  const ids: unknown[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await login(email)).data?.['login'].challengeId);
  expect(new Set(ids.slice(0, 3)).size).toBe(3);
  expect(ids.slice(3)).toEqual([ids[2], ids[2]]);
  // The mail of the sign-up, and three more.
  expect(await mailsTo(app, email)).toHaveLength(4);
  await sql(app, 'delete from challenges where subject = ?', [id]);
  const spent = await login(email);
  expect([spent.errors, spent.data]).toEqual([
    [],
    { login: { __typename: 'EmailVerificationRequired', challengeId: null } },
  ]);
});

test('the right password counts as one: five of them lock nobody out', async () => {
  const { email } = await unverified();
  for (let n = 0; n < 7; n += 1) {
    expect((await login(email)).data?.['login'].__typename).toBe('EmailVerificationRequired');
  }
});

test('an admin of the operator is let in: their address is trusted', async () => {
  expect((await login(ADMIN.email, ADMIN.password)).data?.['login'].__typename).toBe('LoginSucceeded');
});
