import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService, PASSWORD, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { generousLimits } from '../../support/email-flows.js';
import { lastMailTo } from '../../support/mails.js';
import {
  mailedReset,
  NEW_PASSWORD,
  reset,
  setUserPassword,
  signInCode,
  tallyCodes,
} from '../../support/passwords.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('sets the password, ends every session of the user, and tells them', async () => {
  const person = await newPerson(app);
  const devices = [person.client, await anotherDevice(app, person)];
  const answer = await setUserPassword(admin, person.id.toUpperCase());
  expect([answer.status, answer.data]).toEqual([200, { setUserPassword: { sessionsEnded: 2 } }]);
  for (const device of devices) expect((await device.send('{ viewer { id } }')).status).toBe(401);
  expect(await signInCode(app, person.email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, person.email, NEW_PASSWORD)).toBe('LoginSucceeded');
  expect((await lastMailTo(app, person.email)).subject).toBe('Your Latchkey password was changed');
  const [event] = await sql(
    app,
    "select payload, actor_id from audit_events where name = 'password.changed' and user_id = ?",
    [person.id],
  );
  expect(event).toEqual({ payload: { by: 'admin', breachCheck: 'off' }, actor_id: admin.userId });
});

test('makes mailed links worthless, and proves no address', async () => {
  const { email, id } = await newPerson(app);
  const token = await mailedReset(app, email);
  expect((await setUserPassword(admin, id)).errors).toEqual([]);
  expect((await reset(app.client(), token)).code).toBe('CHALLENGE_INVALID');
  const [row] = await sql(app, 'select email_verified_at from users where id = ?', [id]);
  expect(row).toEqual({ email_verified_at: null });
});

test('gives a password to an account that had none', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, 'delete from passwords where user_id = ?', [id]);
  expect((await setUserPassword(admin, id)).errors).toEqual([]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('unlocks the account for its new password', async () => {
  const { email, id } = await newPerson(app);
  for (let n = 0; n < 5; n += 1) await signInCode(app, email, 'wrong');
  expect((await setUserPassword(admin, id)).errors).toEqual([]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('a bad password is refused, and nothing changes', async () => {
  const { client, email, id } = await newPerson(app);
  const answer = await setUserPassword(admin, id, 'too short');
  expect([answer.status, answer.code]).toEqual([422, 'PASSWORD_REFUSED']);
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
});

test('nobody without `users:modify` sets one, and nothing changes', async () => {
  const { email, id } = await newPerson(app);
  const other = (await newPerson(app)).client;
  const reader = await newDelegate(app, admin, ['users:list', 'users:read', 'users:create']);
  const answers = [
    await setUserPassword(app.client(), id),
    await setUserPassword(other, id),
    await setUserPassword(reader.client, id),
  ];
  expect(answers.map(({ code }) => code)).toEqual(['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN']);
  const { basic } = await newService(admin, { roles: ['resource_server'] });
  const query =
    'mutation ($input: SetUserPasswordInput!) { setUserPassword(input: $input) { sessionsEnded } }';
  const service = await app
    .client()
    .send(query, { input: { userId: id, newPassword: NEW_PASSWORD } }, { authorization: basic });
  expect(service.code).toBe('FORBIDDEN');
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
});

test('nobody sets the password of somebody who may do more than they', async () => {
  const helper = await newDelegate(app, admin, ['users:modify']);
  const peer = await newDelegate(app, admin, ['users:modify']);
  const [powerful] = await sql(app, 'select id from users where email = ?', [ADMIN.email]);
  const refused = await setUserPassword(helper.client, String(powerful?.['id']));
  expect([refused.status, refused.code]).toEqual([403, 'USER_TOO_POWERFUL']);
  expect(await signInCode(app, ADMIN.email, ADMIN.password)).toBe('LoginSucceeded');
  expect((await admin.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await setUserPassword(helper.client, peer.id)).errors).toEqual([]);
});

test('nobody sets their own in this way: it would not ask for the current one', async () => {
  const answer = await setUserPassword(admin, admin.userId ?? '');
  expect([answer.status, answer.code]).toEqual([403, 'PASSWORD_IS_OWN']);
  expect(await signInCode(app, ADMIN.email, ADMIN.password)).toBe('LoginSucceeded');
});

test('a user who is not there, and one who is deleted', async () => {
  const nobody = await setUserPassword(admin, '01a202c3-07a9-7021-85c4-2b595e456aff');
  expect([nobody.status, nobody.code]).toEqual([404, 'USER_NOT_FOUND']);
  const { id } = await newPerson(app);
  await sql(app, "update users set status = 'deleted' where id = ?", [id]);
  const deleted = await setUserPassword(admin, id);
  expect([deleted.status, deleted.code]).toEqual([409, 'USER_DELETED']);
});

test('of two admins who set each other’s at once, one does, and the other is signed out', async () => {
  for (let n = 0; n < 5; n += 1) {
    const one = await newDelegate(app, admin, ['users:modify']);
    const two = await newDelegate(app, admin, ['users:modify']);
    const answers = await Promise.all([
      setUserPassword(one.client, two.id),
      setUserPassword(two.client, one.id),
    ]);
    expect(tallyCodes(answers)).toEqual({ none: 1, SESSION_EXPIRED: 1 });
  }
});
