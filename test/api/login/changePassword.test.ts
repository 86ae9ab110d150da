import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { lastMailTo } from '../../support/mails.js';
import {
  changePassword,
  mailedReset,
  NEW_PASSWORD,
  reset,
  signInCode,
  tallyCodes,
} from '../../support/passwords.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

test('changes the password, ends the other sessions and says how many; its own goes on', async () => {
  const person = await newPerson(app);
  const others = [await anotherDevice(app, person), await anotherDevice(app, person)];
  const answer = await changePassword(person.client, PASSWORD);
  expect([answer.status, answer.data]).toEqual([200, { changePassword: { sessionsEnded: 2 } }]);
  expect((await person.client.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await person.client.refresh()).errors).toEqual([]);
  for (const other of others) expect((await other.send('{ viewer { id } }')).status).toBe(401);
  expect(await signInCode(app, person.email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, person.email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('tells the owner by mail, and the audit trail who did it', async () => {
  const { client, email, id } = await newPerson(app);
  await changePassword(client, PASSWORD);
  expect((await lastMailTo(app, email)).subject).toBe('Your Latchkey password was changed');
  const [event] = await sql(
    app,
    "select payload, actor_kind, actor_id from audit_events where name = 'password.changed' and user_id = ?",
    [id],
  );
  expect(event).toEqual({ payload: { by: 'user', breachCheck: 'off' }, actor_kind: 'user', actor_id: id });
});

test('makes mailed links worthless', async () => {
  const { client, email } = await newPerson(app);
  const token = await mailedReset(app, email);
  await changePassword(client, PASSWORD);
  expect((await reset(app.client(), token, 'nine green bottles in a row')).code).toBe('CHALLENGE_INVALID');
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('needs the current password: without it nothing changes, and the attempt is on record', async () => {
  const person = await newPerson(app);
  const other = await anotherDevice(app, person);
  const answer = await changePassword(person.client, 'wrong');
  expect([answer.status, answer.code, answer.data]).toEqual([401, 'INVALID_CREDENTIALS', null]);
  expect((await other.send('{ viewer { id } }')).errors).toEqual([]);
  expect(await signInCode(app, person.email, PASSWORD)).toBe('LoginSucceeded');
  expect(await auditNamesOf(await app.adminClient(), person.id)).toContain('password_change.refused');
});

test('counts wrong guesses as failed sign-ins, and those as its own', async () => {
  const { client, email, id } = await newPerson(app);
  for (let n = 0; n < 3; n += 1) await changePassword(client, 'wrong');
  for (let n = 0; n < 2; n += 1) await signInCode(app, email, 'wrong');
  const refused = await changePassword(client, PASSWORD);
  expect([refused.status, refused.code]).toEqual([429, 'TOO_MANY_ATTEMPTS']);
  expect(Number(refused.headers.get('retry-after'))).toBe(30);
  expect(await signInCode(app, email, PASSWORD)).toBe('TOO_MANY_ATTEMPTS');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('lockout.started');
  clock.advance(30);
  expect((await changePassword(client, PASSWORD)).errors).toEqual([]);
});

test('of thirty guesses at once no more are judged than the lockout allows', async () => {
  const { client, email } = await newPerson(app);
  const guesses = Array.from({ length: 30 }, (_, n) => changePassword(client, `guess ${n}`));
  const codes = tallyCodes(await Promise.all(guesses));
  expect(codes['INVALID_CREDENTIALS']).toBeLessThanOrEqual(5);
  expect(codes['none']).toBeUndefined();
  clock.advance(60);
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
});

test('succeeds for exactly one of thirty at once', async () => {
  const { client, email, id } = await newPerson(app);
  const passwords = Array.from({ length: 30 }, (_, n) => `seven green bottles, number ${n}`);
  const answers = await Promise.all(passwords.map((wished) => changePassword(client, PASSWORD, wished)));
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
  const winner = passwords[answers.findIndex(({ code }) => code === undefined)] ?? '';
  clock.advance(3600);
  expect(await signInCode(app, email, winner)).toBe('LoginSucceeded');
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names.filter((name) => name === 'password.changed')).toHaveLength(1);
});

test('is used up: the same change again is refused', async () => {
  const { client } = await newPerson(app);
  expect((await changePassword(client, PASSWORD)).errors).toEqual([]);
  expect((await changePassword(client, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
});

test('needs a sign-in of the last quarter of an hour', async () => {
  const { client, email } = await newPerson(app);
  clock.advance(901);
  await client.refresh();
  const stale = await changePassword(client, PASSWORD);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  await client.login({ email, password: PASSWORD });
  expect((await changePassword(client, PASSWORD)).errors).toEqual([]);
});

test('a bad new password is refused, and the old one stays', async () => {
  const { client, email } = await newPerson(app);
  for (const password of ['too short', 'x'.repeat(257), 'Latchkey latchkey!', 'aaaaaaaaaaaaaaaa']) {
    const answer = await changePassword(client, PASSWORD, password);
    expect([answer.status, answer.code], password).toEqual([422, 'PASSWORD_REFUSED']);
  }
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
});

test('an account without a password is told to ask for a link', async () => {
  const { client, id } = await newPerson(app);
  await sql(app, 'delete from passwords where user_id = ?', [id]);
  const answer = await changePassword(client, PASSWORD);
  expect([answer.status, answer.code]).toEqual([409, 'PASSWORD_NOT_SET']);
});

test('changes nobody else’s: there is no way to name one, and signed out there is nobody', async () => {
  const anonymous = await changePassword(app.client(), PASSWORD);
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
  const [alice, bob] = [await newPerson(app), await newPerson(app)];
  const smuggled = await alice.client.send(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { sessionsEnded } }',
    { input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, userId: bob.id } },
  );
  expect(smuggled.status).toBe(400);
  expect(await signInCode(app, bob.email, PASSWORD)).toBe('LoginSucceeded');
});
