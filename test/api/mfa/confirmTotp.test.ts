import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, claimsOf, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';
import {
  addTotp,
  confirmTotp,
  enrolTotp,
  factorsOf,
  beginLogin,
  answerLogin,
} from '../../support/second-factors.js';
import { stepAt, totpCode } from '../../support/totp.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the first code makes the app a factor, the first factor brings ten recovery codes, and its owner a mail', async () => {
  const { client, email, id } = await newPerson(app);
  const { factorId, recoveryCodes } = await addTotp(client, { time: clock });
  expect(new Set(recoveryCodes).size).toBe(10);
  for (const code of recoveryCodes) expect(code).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){7}$/);
  const kinds = (await factorsOf(client)).map(({ kind }) => kind);
  expect(kinds).toEqual(['TOTP', 'RECOVERY_CODE']);
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names).toEqual(expect.arrayContaining(['factor.enrolled', 'recovery_codes.issued']));
  const mail = (await mailsTo(app, email)).at(-1);
  expect(mail?.text).toContain('authenticator app');
  const { sid } = claimsOf(client.accessToken);
  expect(
    await sql(app, 'select id, created_by_session_id, created_by_acr from totp_factors where user_id = ?', [
      id,
    ]),
  ).toEqual([{ id: factorId, created_by_session_id: sid, created_by_acr: 'aal1' }]);
});

test('a second factor brings no other recovery codes', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  expect((await addTotp(client, { time: clock, name: 'My tablet' })).recoveryCodes).toEqual([]);
});

test('the code that confirmed it, and those before it, sign nobody in', async () => {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  for (const shift of [0, -30]) {
    const code = totpCode(totp.secret, new Date(clock.now().getTime() + shift * 1000));
    const answer = await answerLogin(await beginLogin(app, person), { kind: 'TOTP', code });
    expect([answer.status, answer.code], `${shift} seconds`).toEqual([401, 'FACTOR_REFUSED']);
  }
  const [row] = await sql(app, 'select last_step from totp_factors where user_id = ?', [person.id]);
  expect(row?.['last_step']).toBe(stepAt(clock.now()));
});

test('a wrong code confirms nothing, and the right one still does', async () => {
  const { client } = await newPerson(app);
  const { factorId, secret } = (await enrolTotp(client)).data?.['enrolTotp'] ?? {};
  const wrong = totpCode(secret, new Date(clock.now().getTime() + 600_000));
  for (const code of [wrong, '', 'abcdef', '1234567']) {
    const answer = await confirmTotp(client, { factorId, code });
    expect([answer.status, answer.code]).toEqual([401, 'FACTOR_REFUSED']);
  }
  expect(await factorsOf(client)).toEqual([]);
  expect((await confirmTotp(client, { factorId, code: totpCode(secret, clock.now()) })).errors).toEqual([]);
});

test('twenty tries an hour are judged', async () => {
  const { client } = await newPerson(app);
  const { factorId, secret } = (await enrolTotp(client)).data?.['enrolTotp'] ?? {};
  const codes = [];
  for (let n = 0; n < 20; n += 1) codes.push((await confirmTotp(client, { factorId, code: 'wrong' })).code);
  expect(new Set(codes)).toEqual(new Set(['FACTOR_REFUSED']));
  const late = await confirmTotp(client, { factorId, code: totpCode(secret, clock.now()) });
  expect([late.status, late.code]).toEqual([429, 'RATE_LIMITED']);
});

test('neither another person nor another session of the same confirms what a session has begun', async () => {
  const person = await newPerson(app);
  const { factorId, secret } = (await enrolTotp(person.client)).data?.['enrolTotp'] ?? {};
  const code = totpCode(secret, clock.now());
  for (const client of [(await newPerson(app)).client, await anotherDevice(app, person)]) {
    const answer = await confirmTotp(client, { factorId, code });
    expect([answer.status, answer.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  }
  expect((await confirmTotp(person.client, { factorId, code })).errors).toEqual([]);
});

test('it is confirmed once, of fifteen at once as well', async () => {
  const { client, id } = await newPerson(app);
  const { factorId, secret } = (await enrolTotp(client)).data?.['enrolTotp'] ?? {};
  const code = totpCode(secret, clock.now());
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => confirmTotp(client, { factorId, code })),
  );
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  expect(await sql(app, 'select 1 from recovery_codes where user_id = ?', [id])).toHaveLength(10);
  const again = await confirmTotp(client, { factorId, code });
  expect(again.errors).not.toEqual([]);
});

test('a sign-in that had to wait for a factor goes on with it, and one begun before that brings none', async () => {
  const strict = await startTestApp({
    clock,
    config: { rateLimits: generousLimits, mfa: { requiredForAllUsers: true } },
  });
  try {
    const email = 'somebody@example.com';
    await strict.client().signUp({ email, password: 'three blue kettles on a shelf' });
    const [owner, other] = [await beginLogin(strict, { email }), await beginLogin(strict, { email })];
    const theirs =
      (await enrolTotp(other.client, { attemptToken: other.attemptToken })).data?.['enrolTotp'] ?? {};
    const { recoveryCodes } = await addTotp(owner.client, { time: clock, attemptToken: owner.attemptToken });
    expect(recoveryCodes).toHaveLength(10);
    const code = totpCode(theirs.secret, clock.now());
    const late = await confirmTotp(other.client, {
      factorId: theirs.factorId,
      code,
      attemptToken: other.attemptToken,
    });
    expect([late.status, late.code]).toEqual([401, 'ATTEMPT_INVALID']);
    const done = await owner.client.send(
      `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename
        ... on LoginSucceeded { tokens { accessToken } } } }`,
      { input: { attemptToken: owner.attemptToken } },
    );
    expect(done.errors).toEqual([]);
    const { acr, amr } = claimsOf(done.data?.['completeLogin'].tokens.accessToken);
    expect([acr, amr]).toEqual(['aal2', ['pwd', 'otp', 'mfa']]);
  } finally {
    await strict.close();
  }
});
