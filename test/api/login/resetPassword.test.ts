import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { changeEmail, generousLimits, mailedVerification, verifyEmail } from '../../support/email-flows.js';
import { lastMailTo, mailsTo, tokenIn } from '../../support/mails.js';
import {
  mailedReset,
  NEW_PASSWORD,
  reset,
  resetStatus,
  signInCode,
  tallyCodes,
} from '../../support/passwords.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

test('sets the password, which opens the account from then on, and the old one no more', async () => {
  const { email } = await newPerson(app);
  const answer = await reset(app.client(), await mailedReset(app, email));
  expect([answer.status, answer.data]).toEqual([200, { resetPassword: { sessionsEnded: 1 } }]);
  expect(await signInCode(app, email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('ends every session, says how many, and signs nobody in', async () => {
  const person = await newPerson(app);
  const devices = [person.client, await anotherDevice(app, person), await anotherDevice(app, person)];
  const sessions = async () => await sql(app, 'select id from sessions where user_id = ?', [person.id]);
  const before = await sessions();
  const browser = app.client();
  const answer = await reset(browser, await mailedReset(app, person.email));
  expect(answer.data).toEqual({ resetPassword: { sessionsEnded: 3 } });
  expect(answer.headers.get('set-cookie')).toBeNull();
  for (const device of devices) {
    expect((await device.send('{ viewer { id } }')).status).toBe(401);
    expect((await device.refresh()).code).toBe('SESSION_EXPIRED');
  }
  expect(await sessions()).toEqual(before);
  const reasons = await sql(app, 'select distinct revoke_reason from sessions where user_id = ?', [
    person.id,
  ]);
  expect(reasons).toEqual([{ revoke_reason: 'password_reset' }]);
});

test('makes every other link and code of the account worthless, and of no other account', async () => {
  const { client, email } = await newPerson(app);
  const bystander = await newPerson(app);
  const verification = await mailedVerification(app, email);
  const others = await mailedVerification(app, bystander.email);
  await changeEmail(client, `new-${email}`);
  const change = tokenIn(await lastMailTo(app, `new-${email}`));
  expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
  expect((await verifyEmail(app.client(), { token: verification.token })).code).toBe('CHALLENGE_INVALID');
  const { challengeId, code } = verification;
  expect((await verifyEmail(app.client(), { challengeId, code })).code).toBe('CHALLENGE_INVALID');
  const confirm = 'mutation ($token: String!) { confirmEmailChange(input: { token: $token }) { email } }';
  expect((await app.client().send(confirm, { token: change })).code).toBe('CHALLENGE_INVALID');
  expect((await verifyEmail(app.client(), { token: others.token })).errors).toEqual([]);
});

test('proves the address: its mailbox was read', async () => {
  const { email, id } = await newPerson(app);
  await reset(app.client(), await mailedReset(app, email));
  const [row] = await sql(app, 'select email_verified_at is not null as verified from users where id = ?', [
    id,
  ]);
  expect(row).toEqual({ verified: true });
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names).toEqual(expect.arrayContaining(['email.verified', 'password.changed', 'session.revoked']));
});

test('tells the owner by mail, and the audit trail how it came about', async () => {
  const { email, id } = await newPerson(app);
  await reset(app.client(), await mailedReset(app, email));
  const notice = await lastMailTo(app, email);
  expect(notice.subject).toBe('Your Latchkey password was changed');
  expect(notice.text).not.toContain('#token=');
  const [event] = await sql(
    app,
    "select payload, actor_kind, subject_id from audit_events where name = 'password.changed' and user_id = ?",
    [id],
  );
  expect(event).toEqual({
    payload: { by: 'reset', breachCheck: 'off' },
    actor_kind: 'anonymous',
    subject_id: id,
  });
});

test('forgets the failures with the old password: its owner comes in at once', async () => {
  const { email } = await newPerson(app);
  for (let n = 0; n < 5; n += 1) await signInCode(app, email, 'wrong');
  expect(await signInCode(app, email, PASSWORD)).toBe('TOO_MANY_ATTEMPTS');
  await reset(app.client(), await mailedReset(app, email));
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('works once', async () => {
  const { email } = await newPerson(app);
  const token = await mailedReset(app, email);
  expect((await reset(app.client(), token)).errors).toEqual([]);
  const again = await reset(app.client(), token, 'eight green bottles in a row');
  expect([again.status, again.code, again.data]).toEqual([422, 'CHALLENGE_INVALID', null]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('succeeds for exactly one of thirty at once, and the account has that one’s password', async () => {
  const { email, id } = await newPerson(app);
  const token = await mailedReset(app, email);
  const passwords = Array.from({ length: 30 }, (_, n) => `seven green bottles, number ${n}`);
  const answers = await Promise.all(passwords.map((password) => reset(app.client(), token, password)));
  expect(tallyCodes(answers)).toEqual({ none: 1, CHALLENGE_INVALID: 29 });
  const winner = passwords[answers.findIndex(({ code }) => code === undefined)] ?? '';
  expect(await signInCode(app, email, winner)).toBe('LoginSucceeded');
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names.filter((name) => name === 'password.changed')).toHaveLength(1);
});

test('is good for an hour', async () => {
  const { email } = await newPerson(app);
  const inTime = await mailedReset(app, email);
  clock.advance(3599);
  expect((await reset(app.client(), inTime)).errors).toEqual([]);
  const late = await mailedReset(app, email);
  clock.advance(3600);
  const answer = await reset(app.client(), late);
  expect([answer.status, answer.code]).toEqual([422, 'CHALLENGE_EXPIRED']);
});

test('ends with the next link', async () => {
  const { email } = await newPerson(app);
  const first = await mailedReset(app, email);
  const second = await mailedReset(app, email);
  expect((await reset(app.client(), first)).code).toBe('CHALLENGE_INVALID');
  expect((await reset(app.client(), second)).errors).toEqual([]);
});

test('a refused password does not cost the link, and changes nothing', async () => {
  const { client, email } = await newPerson(app);
  const token = await mailedReset(app, email);
  for (const password of ['too short', 'x'.repeat(257), 'Latchkey latchkey!']) {
    const answer = await reset(app.client(), token, password);
    expect([answer.status, answer.code], password).toEqual([422, 'PASSWORD_REFUSED']);
  }
  expect(await resetStatus(app.client(), token)).toBe('VALID');
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await reset(app.client(), token)).errors).toEqual([]);
});

test('a wrong, foreign or mistaken token sets nothing', async () => {
  const { email } = await newPerson(app);
  const { token: ofVerification } = await mailedVerification(app, email);
  for (const token of ['', 'x'.repeat(43), 'x'.repeat(2_000), ofVerification]) {
    expect((await reset(app.client(), token)).code, token).toBe('CHALLENGE_INVALID');
  }
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
});

test('the link of one account never touches another, whoever is signed in where it is opened', async () => {
  const [alice, bob] = [await newPerson(app), await newPerson(app)];
  expect((await reset(bob.client, await mailedReset(app, alice.email))).errors).toEqual([]);
  expect((await bob.client.send('{ viewer { id } }')).data?.['viewer'].id).toBe(bob.id);
  expect(await signInCode(app, bob.email, PASSWORD)).toBe('LoginSucceeded');
  expect(await signInCode(app, alice.email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('the link to a mailbox that the account has left opens it no more', async () => {
  const { email, id } = await newPerson(app);
  const token = await mailedReset(app, email);
  await sql(app, 'update users set email = ? where id = ?', [`moved-${email}`, id]);
  expect((await reset(app.client(), token)).code).toBe('CHALLENGE_INVALID');
  expect(await signInCode(app, `moved-${email}`, PASSWORD)).toBe('LoginSucceeded');
});

test('the link of an account that was closed does not open it', async () => {
  const { email, id } = await newPerson(app);
  const token = await mailedReset(app, email);
  await sql(app, "update users set status = 'deactivated' where id = ?", [id]);
  expect((await reset(app.client(), token)).code).toBe('CHALLENGE_INVALID');
  expect(await mailsTo(app, email)).toHaveLength(2);
});
