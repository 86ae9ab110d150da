import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newAddress, newPerson, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { changeEmail, confirmChange, generousLimits } from '../support/email-flows.js';
import { codeIn, lastMailTo, tokenIn } from '../support/mails.js';
import {
  setUserPassword,
  changePassword,
  mailedReset,
  NEW_PASSWORD,
  reset,
  signInCode,
} from '../support/passwords.js';
import {
  addEmailCode,
  addTotp,
  enrolEmailCode,
  confirmEmailCode,
  answerLogin,
  beginLogin,
  mailedAnswer,
} from '../support/second-factors.js';
import { challengeFactor, firstStep } from '../support/second-step.js';
import { Browser } from '../support/browser.js';
import { totpCode } from '../support/totp.js';

// Whoever reads the mailbox can set a password by it, and is mailed codes: both together are one proof, not two.

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

async function newVerified(): Promise<Person> {
  const person = await newPerson(app);
  await sql(app, 'update users set email_verified_at = now() where id = ?', [person.id]);
  return person;
}

async function resetByMail({ email }: Person): Promise<void> {
  expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
}

async function kindsOffered({ email }: Person): Promise<string[]> {
  const { data, errors } = await firstStep(new Browser(app.url), { email, password: NEW_PASSWORD });
  expect(errors).toEqual([]);
  return data?.['login'].factors.map(({ kind }: { kind: string }) => kind).toSorted();
}

test('a password set by mail and a mailed code are one proof: no such code is offered or taken', async () => {
  const person = await newVerified();
  await addTotp(person.client, { time: clock });
  await addEmailCode(app, person);
  await resetByMail(person);
  expect(await kindsOffered(person)).toEqual(['RECOVERY_CODE', 'TOTP']);
  const half = await beginLogin(app, person, NEW_PASSWORD);
  expect((await answerLogin(half, { kind: 'EMAIL_CODE', code: '123456' })).code).toBe('FACTOR_UNAVAILABLE');
});

test('another factor beside it vouches for the password, which is then a proof of its own', async () => {
  const person = await newVerified();
  const totp = await addTotp(person.client, { time: clock });
  await addEmailCode(app, person);
  await resetByMail(person);
  clock.advance(60);
  const half = await beginLogin(app, person, NEW_PASSWORD);
  const code = totpCode(totp.secret, clock.now());
  expect((await answerLogin(half, { kind: 'TOTP', code })).errors).toEqual([]);
  expect(claimsOf(half.client.accessToken).acr).toBe('aal1');
  expect(await kindsOffered(person)).toEqual(['EMAIL_CODE', 'RECOVERY_CODE', 'TOTP']);
  const again = await beginLogin(app, person, NEW_PASSWORD);
  const mailed = { kind: 'EMAIL_CODE', ...(await mailedAnswer(app, again, person)) };
  expect((await answerLogin(again, mailed)).errors).toEqual([]);
});

test('where mailed codes are the only factor, a recovery code helps, and without one the answer says why', async () => {
  const person = await newVerified();
  const [code] = await addEmailCode(app, person);
  await resetByMail(person);
  expect(await kindsOffered(person)).toEqual(['RECOVERY_CODE']);
  const half = await beginLogin(app, person, NEW_PASSWORD);
  expect((await answerLogin(half, { kind: 'RECOVERY_CODE', code })).errors).toEqual([]);
  await sql(app, 'delete from recovery_codes where user_id = ?', [person.id]);
  await resetByMail(person);
  expect(await signInCode(app, person.email, NEW_PASSWORD)).toBe('SECOND_FACTOR_UNAVAILABLE');
  expect(await signInCode(app, person.email, 'not the password of it')).toBe('INVALID_CREDENTIALS');
});

test('a password that its owner sets when they are signed in is a proof of its own', async () => {
  const person = await newVerified();
  await resetByMail(person);
  const half = await beginLogin(app, person, NEW_PASSWORD);
  const client = app.client();
  expect((await client.login({ email: person.email, password: NEW_PASSWORD })).errors).toEqual([]);
  expect((await enrolEmailCode(client)).code).toBe('FACTOR_RESTS_ON_MAILBOX');
  expect((await changePassword(client, NEW_PASSWORD, 'eight brown bottles in a row')).errors).toEqual([]);
  await addEmailCode(app, { ...person, client });
  const { data } = await firstStep(half.client, {
    email: person.email,
    password: 'eight brown bottles in a row',
  });
  expect(data?.['login'].factors.map(({ kind }: { kind: string }) => kind)).toContain('EMAIL_CODE');
});

test('nobody turns codes by mail on who would be shut out by them: beside another factor they may', async () => {
  const person = await newVerified();
  await resetByMail(person);
  const client = app.client();
  expect((await client.login({ email: person.email, password: NEW_PASSWORD })).errors).toEqual([]);
  const refused = await enrolEmailCode(client);
  expect([refused.status, refused.code]).toEqual([422, 'FACTOR_RESTS_ON_MAILBOX']);
  await addTotp(client, { time: clock });
  await addEmailCode(app, { ...person, client });
  expect(await kindsOffered(person)).toEqual(['RECOVERY_CODE', 'TOTP']);
});

test('nor does somebody who has no password at all, nor whose other factor goes in between', async () => {
  const person = await newVerified();
  const { data } = await enrolEmailCode(person.client);
  const code = codeIn(await lastMailTo(app, person.email));
  await sql(app, 'delete from passwords where user_id = ?', [person.id]);
  const { challengeId } = data?.['enrolEmailCode'] ?? {};
  const confirmed = await confirmEmailCode(person.client, { challengeId, code });
  expect(confirmed.code).toBe('FACTOR_RESTS_ON_MAILBOX');
  expect((await enrolEmailCode(person.client)).code).toBe('FACTOR_RESTS_ON_MAILBOX');
});

test('an address that an admin gave somebody is mailed no codes, and one that they moved to themselves is', async () => {
  const person = await newVerified();
  await addEmailCode(app, person);
  const admin = await app.adminClient();
  const theirs = newAddress();
  const moved = await admin.send(
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { emailVerified } } }',
    { input: { userId: person.id, email: theirs, emailVerified: true } },
  );
  expect(moved.errors).toEqual([]);
  expect((await setUserPassword(admin, person.id)).errors).toEqual([]);
  const half = await beginLogin(app, { email: theirs }, NEW_PASSWORD);
  const { attemptToken } = half;
  const refused = await challengeFactor(half.client, { attemptToken, kind: 'EMAIL_CODE' });
  expect(refused.code).toBe('FACTOR_UNAVAILABLE');

  const mover = await newVerified();
  await addEmailCode(app, mover);
  const email = newAddress();
  expect((await changeEmail(mover.client, email)).errors).toEqual([]);
  const confirmed = await confirmChange(mover.client, { token: tokenIn(await lastMailTo(app, email)) });
  expect(confirmed.errors).toEqual([]);
  const own = await beginLogin(app, { email });
  const mailed = { kind: 'EMAIL_CODE', ...(await mailedAnswer(app, own, { email })) };
  expect((await answerLogin(own, mailed)).errors).toEqual([]);
});
