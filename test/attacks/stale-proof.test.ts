import { hash } from 'argon2';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { newPerson, PASSWORD, type Person, sql } from '../support/accounts.js';
import { changed } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import {
  changePassword,
  mailedReset,
  NEW_PASSWORD,
  reset,
  setUserPassword,
  signInCode,
} from '../support/passwords.js';

// A password is proved in tens of milliseconds, and much can happen to an account meanwhile. What was proved by a
// password that is not the account's any more, or of an account that was closed, must open and change nothing.

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());
afterEach(() => vi.restoreAllMocks());

/** Holds the first password that is found right, from now on, until `meanwhile` is done. */
function whileProved(meanwhile: () => Promise<void>): void {
  const { hasher } = app.services;
  const verify = hasher.verify.bind(hasher);
  let waiting = true;
  vi.spyOn(hasher, 'verify').mockImplementation(async (phc, password) => {
    const right = await verify(phc, password);
    if (right && waiting) {
      waiting = false;
      await meanwhile();
    }
    return right;
  });
}

const events: readonly [name: string, happen: (person: Person) => Promise<Answer | object>][] = [
  ['is reset', async ({ email }) => await reset(app.client(), await mailedReset(app, email))],
  ['is set by an admin', async ({ id }) => await setUserPassword(admin, id)],
  ['is changed', async ({ client }) => await changePassword(client, PASSWORD)],
  [
    'is that of an account which is deactivated',
    async ({ id }) => await changed(admin, 'deactivateUser', { userId: id }),
  ],
  [
    'is that of an account which is deleted',
    async ({ id }) => await changed(admin, 'deleteUser', { userId: id }),
  ],
];

describe.each(events)('when a password %s while it is being proved', (_, happen) => {
  test('it signs nobody in', async () => {
    const person = await newPerson(app);
    whileProved(async () => {
      const answer = await happen(person);
      if ('errors' in answer) expect(answer.errors).toEqual([]);
    });
    const thief = await app.client().login({ email: person.email, password: PASSWORD });
    expect([thief.status, thief.code, thief.data]).toEqual([401, 'INVALID_CREDENTIALS', null]);
    const owned = await person.client.send('{ viewer { id } }');
    const live = await sql(app, 'select id from sessions where user_id = ? and revoked_at is null', [
      person.id,
    ]);
    // The session that changed it goes on; no other does.
    expect(live).toHaveLength(owned.errors.length === 0 ? 1 : 0);
  });
});

test.each(events.slice(0, 2))(
  'when a password %s while it is being proved, it changes nothing',
  async (_, happen) => {
    const person = await newPerson(app);
    whileProved(async () => void (await happen(person)));
    const late = await changePassword(person.client, PASSWORD, 'a password of the thief');
    expect([401, 422]).toContain(late.status);
    expect(late.data).toBeNull();
    expect(await signInCode(app, person.email, 'a password of the thief')).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(app, person.email, NEW_PASSWORD)).toBe('LoginSucceeded');
  },
);

test('a password that is hashed anew while it is being proved is still the same password', async () => {
  const { email, id } = await newPerson(app);
  const hashOf = async () =>
    (await sql(app, 'select hash from passwords where user_id = ?', [id]))[0]?.['hash'];
  // As it would have been hashed under AUTH_PASSWORD_HASH_TIME=2.
  const old = await hash(PASSWORD, { type: 2, memoryCost: 2048, timeCost: 2, parallelism: 1 });
  await sql(app, 'update passwords set hash = ? where user_id = ?', [old, id]);
  whileProved(async () => expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded'));
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
  expect(await hashOf()).not.toBe(old);
});

test('a password that is reset while an outdated hash of it is proved does not come back', async () => {
  const { email, id } = await newPerson(app);
  const old = await hash(PASSWORD, { type: 2, memoryCost: 2048, timeCost: 2, parallelism: 1 });
  await sql(app, 'update passwords set hash = ? where user_id = ?', [old, id]);
  whileProved(async () => void (await reset(app.client(), await mailedReset(app, email))));
  expect(await signInCode(app, email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, email, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('however changes, resets and sign-ins meet, one password opens the account, and no old session lives', async () => {
  const person = await newPerson(app);
  const token = await mailedReset(app, person.email);
  const wished = Array.from({ length: 12 }, (_, n) => `seven green bottles, number ${n}`);
  const thieves = Array.from({ length: 10 }, () => app.client());
  await Promise.all([
    ...wished.slice(0, 6).map((password) => reset(app.client(), token, password)),
    ...wished.slice(6).map((password) => setUserPassword(admin, person.id, password)),
    ...thieves.map((thief) => thief.login({ email: person.email, password: PASSWORD })),
  ]);
  await app.services.lockout.clear(`user:${person.id}`);
  const codes: string[] = [];
  for (const password of [...wished, PASSWORD]) {
    codes.push(await signInCode(app, person.email, password));
    await app.services.lockout.clear(`user:${person.id}`);
  }
  expect(codes.filter((code) => code === 'LoginSucceeded')).toHaveLength(1);
  expect(codes.at(-1)).toBe('INVALID_CREDENTIALS');
  for (const thief of [...thieves, person.client]) {
    expect((await thief.send('{ viewer { user { id } } }')).data?.['viewer']?.user?.id).toBeUndefined();
  }
});
