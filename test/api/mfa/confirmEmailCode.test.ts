import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { generousLimits, moveTo, newVerifiedPerson } from '../../support/email-flows.js';
import { codeIn, lastMailTo, mailsTo } from '../../support/mails.js';
import {
  addEmailCode,
  answerLogin,
  beginLogin,
  confirmEmailCode,
  enrolEmailCode,
  factorsOf,
  mailedAnswer,
} from '../../support/second-factors.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('codes by mail become a factor by the first of them, with a masked hint and ten recovery codes', async () => {
  const person = await newVerifiedPerson(app);
  expect(await addEmailCode(app, person)).toHaveLength(10);
  const [factor] = await factorsOf(person.client);
  expect(factor).toMatchObject({ kind: 'EMAIL_CODE', hint: 'p•••@example.com' });
  const mails = await mailsTo(app, person.email);
  const mail = mails.find(({ subject }) => subject === 'Your Latchkey code');
  expect(mail?.text).toContain('as a second factor of your Latchkey account');
  expect(mails.at(-1)?.text).toContain('Codes by mail');
});

test('then a sign-in waits for one, which its mail says, and gets no higher level by it', async () => {
  const person = await newVerifiedPerson(app);
  await addEmailCode(app, person);
  const login = await beginLogin(app, person);
  const code = await mailedAnswer(app, login, person);
  expect((await lastMailTo(app, person.email)).text).toContain('signing in to your Latchkey account');
  expect((await answerLogin(login, { kind: 'EMAIL_CODE', ...code })).errors).toEqual([]);
  const { data } = await login.client.send('{ sessions { edges { node { acr amr } } } }');
  expect(data?.['sessions'].edges[0].node).toEqual({ acr: 'aal1', amr: ['pwd', 'otp', 'mfa'] });
});

test('an address that is not proved gets no code', async () => {
  const { client, email } = await newPerson(app);
  const mails = (await mailsTo(app, email)).length;
  const answer = await enrolEmailCode(client);
  expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
  expect(await mailsTo(app, email)).toHaveLength(mails);
});

test('where the operator takes no codes by mail, none is mailed', async () => {
  const strict = await startTestApp({ config: { rateLimits: generousLimits, mfa: { emailCode: false } } });
  try {
    const { client } = await newVerifiedPerson(strict);
    const answer = await enrolEmailCode(client);
    expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
  } finally {
    await strict.close();
  }
});

test('an account takes them once', async () => {
  const person = await newVerifiedPerson(app);
  const first = (await enrolEmailCode(person.client)).data?.['enrolEmailCode'] ?? {};
  const code = codeIn(await lastMailTo(app, person.email));
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      confirmEmailCode(person.client, { challengeId: first.challengeId, code }),
    ),
  );
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  const again = await enrolEmailCode(person.client);
  expect([again.status, again.code]).toEqual([409, 'FACTOR_LIMIT_REACHED']);
  expect(await sql(app, 'select 1 from email_code_factors where user_id = ?', [person.id])).toHaveLength(1);
});

test('neither another person nor another session of the same confirms what a session has begun', async () => {
  const person = await newVerifiedPerson(app);
  const { challengeId } = (await enrolEmailCode(person.client)).data?.['enrolEmailCode'] ?? {};
  const code = codeIn(await lastMailTo(app, person.email));
  const other = (await newVerifiedPerson(app)).client;
  expect((await confirmEmailCode(other, { challengeId, code })).code).toBe('FACTOR_REFUSED');
  const elsewhere = await anotherDevice(app, person);
  expect((await confirmEmailCode(elsewhere, { challengeId, code })).code).toBe('FACTOR_REFUSED');
  expect(await factorsOf(person.client)).toEqual([]);
});

test('after five wrong codes the right one confirms nothing', async () => {
  const { client, email } = await newVerifiedPerson(app);
  const { challengeId } = (await enrolEmailCode(client)).data?.['enrolEmailCode'] ?? {};
  const code = codeIn(await lastMailTo(app, email));
  for (let n = 0; n < 5; n += 1) {
    const wrong = String((Number(code) + 1 + n) % 1_000_000).padStart(6, '0');
    expect((await confirmEmailCode(client, { challengeId, code: wrong })).code).toBe('FACTOR_REFUSED');
  }
  const late = await confirmEmailCode(client, { challengeId, code });
  expect([late.status, late.code]).toEqual([429, 'CHALLENGE_EXHAUSTED']);
});

test('after a change of address the codes go to the new one, and what was mailed to the old one is worth nothing', async () => {
  const person = await newVerifiedPerson(app);
  const { challengeId } = (await enrolEmailCode(person.client)).data?.['enrolEmailCode'] ?? {};
  const stale = codeIn(await lastMailTo(app, person.email));
  const { email } = await moveTo(app, person.client, person.email);
  expect((await confirmEmailCode(person.client, { challengeId, code: stale })).code).toBe('FACTOR_REFUSED');
  const moved = { ...person, email };
  await addEmailCode(app, moved);
  const before = (await mailsTo(app, person.email)).length;
  const login = await beginLogin(app, moved);
  const { challengeId: id, code } = await mailedAnswer(app, login, moved);
  expect((await answerLogin(login, { kind: 'EMAIL_CODE', challengeId: id, code })).errors).toEqual([]);
  expect(await mailsTo(app, person.email)).toHaveLength(before);
});
