import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits, newVerifiedPerson, resetPassword } from '../../support/email-flows.js';
import { lastMailTo, tokenIn } from '../../support/mails.js';
import { requestReset } from '../../support/passwords.js';
import {
  addEmailCode,
  addTotp,
  answerLogin,
  beginLogin,
  enrolTotp,
  factorsOf,
  removeFactor,
} from '../../support/second-factors.js';
import { totpCode } from '../../support/totp.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('a factor that was removed proves nothing, and the recovery codes go with the last one', async () => {
  const person = await newVerifiedPerson(app);
  const { factorId } = await addTotp(person.client, { time: clock });
  await addEmailCode(app, person);
  expect((await removeFactor(person.client, factorId)).errors).toEqual([]);
  const left = await factorsOf(person.client);
  expect(left.map(({ kind }) => kind)).toEqual(['EMAIL_CODE', 'RECOVERY_CODE']);
  expect((await removeFactor(person.client, left[0]?.id ?? '')).errors).toEqual([]);
  expect(await factorsOf(person.client)).toEqual([]);
  const [row] = await sql(app, 'select factor_kinds from users where id = ?', [person.id]);
  expect(row?.['factor_kinds']).toEqual([]);
  const login = await app.client().login({ email: person.email, password: PASSWORD });
  expect(login.data?.['login'].__typename).toBe('LoginSucceeded');
});

test('its owner is told by mail, and the trail says which it was', async () => {
  const { client, email, id } = await newPerson(app);
  const { factorId } = await addTotp(client, { time: clock });
  await removeFactor(client, factorId.toUpperCase());
  const mail = await lastMailTo(app, email);
  expect(mail.text).toContain('An authenticator app can no longer be used');
  const [row] = await sql(
    app,
    "select payload from audit_events where user_id = ? and name = 'factor.removed'",
    [id],
  );
  expect(row?.['payload']).toMatchObject({ kind: 'totp', factorId, by: 'user' });
});

test('sign-ins that are half done end with it', async () => {
  const person = await newPerson(app);
  const { factorId, secret } = await addTotp(person.client, { time: clock });
  const login = await beginLogin(app, person);
  await removeFactor(person.client, factorId);
  const code = totpCode(secret, new Date(clock.now().getTime() + 30_000));
  const answer = await answerLogin(login, { kind: 'TOTP', code });
  expect([answer.status, answer.code]).toEqual([401, 'ATTEMPT_INVALID']);
});

test('nobody removes the factor of somebody else, nor what is none', async () => {
  const [one, two] = [await newPerson(app), await newPerson(app)];
  const { factorId } = await addTotp(one.client, { time: clock });
  await addTotp(two.client, { time: clock });
  const pending = (await enrolTotp(two.client)).data?.['enrolTotp'].factorId;
  for (const id of [factorId, pending, '01980000-0000-7000-8000-000000000000']) {
    const answer = await removeFactor(two.client, id);
    expect([answer.status, answer.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  }
  expect(await factorsOf(one.client)).toHaveLength(2);
  const names = await auditNamesOf(await app.adminClient(), two.id);
  expect(names).not.toContain('factor.removed');
});

test('who proved it long ago, or never, is asked to do so first', async () => {
  const person = await newPerson(app);
  const { factorId } = await addTotp(person.client, { time: clock });
  clock.advance(901);
  await person.client.refresh();
  const stale = await removeFactor(person.client, factorId);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  const anonymous = await removeFactor(app.client(), factorId);
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('a new password, by whichever way, leaves every factor where it is', async () => {
  const person = await newVerifiedPerson(app);
  const { secret } = await addTotp(person.client, { time: clock });
  await requestReset(app.client(), person.email);
  const newPassword = 'seven green lamps in a row';
  const token = tokenIn(await lastMailTo(app, person.email));
  expect((await resetPassword(app.client(), { token, newPassword })).errors).toEqual([]);
  const login = await beginLogin(app, person, newPassword);
  expect(login.attemptToken).toMatch(/^[\w-]{43}$/);
  clock.advance(60);
  const code = totpCode(secret, clock.now());
  expect((await answerLogin(login, { kind: 'TOTP', code })).errors).toEqual([]);
});
