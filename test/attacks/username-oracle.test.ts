import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';

// Whether a name is taken may be told, and an address must not be: so the name that a sign-up asked for has to be
// taken afterwards, whether the address was new or had an account already.

let app: TestApp;
let attacker: Person;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  attacker = await newPerson(app);
});
afterAll(() => app.close());

const newName = (): string => `n-${randomBytes(6).toString('hex')}`;
const signUp = async (email: string, username: string): Promise<Answer> =>
  await app.client().send('mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }', {
    input: { email, username, password: PASSWORD },
  });

const victims: readonly [kind: string, address: () => Promise<string>][] = [
  ['new address', async () => newAddress()],
  ['address with an account', async () => (await newPerson(app)).email],
];

describe.each(victims)('after a sign-up with a username and a %s', (_, address) => {
  test('the next sign-up with that username is refused, from whichever address', async () => {
    const [victim, name] = [await address(), newName()];
    expect((await signUp(victim, name)).errors).toEqual([]);
    for (const email of [newAddress(), victim, attacker.email]) {
      const answer = await signUp(email, ` ${name.toUpperCase()} `);
      expect([answer.status, answer.code, answer.data]).toEqual([409, 'USERNAME_TAKEN', null]);
    }
  });

  test('nobody can take that username in their profile either', async () => {
    const name = newName();
    await signUp(await address(), name);
    const answer = await (await newPerson(app)).client.send(
      'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }',
      { input: { username: name } },
    );
    expect([answer.status, answer.code, answer.data]).toEqual([409, 'USERNAME_TAKEN', null]);
  });

  test('a username that was refused is refused before the address counts', async () => {
    const [victim, name] = [await address(), newName()];
    await signUp(newAddress(), name);
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) codes.push((await signUp(victim, name)).code);
    expect(new Set(codes)).toEqual(new Set(['USERNAME_TAKEN']));
    expect((await signUp(victim, newName())).errors).toEqual([]);
  });
});

test('of two sign-ups with one username at once one is refused, whatever the addresses were', async () => {
  for (const [, address] of victims) {
    const name = newName();
    const answers = await Promise.all([signUp(await address(), name), signUp(newAddress(), name)]);
    expect(answers.map(({ code }) => code ?? 'none').toSorted()).toEqual(['USERNAME_TAKEN', 'none']);
  }
});

test('thirty sign-ups with one username at once give it to one', async () => {
  const name = newName();
  const answers = await Promise.all(Array.from({ length: 30 }, () => signUp(newAddress(), name)));
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'USERNAME_TAKEN']));
  expect(await sql(app, 'select id from users where username = ?', [name])).toHaveLength(1);
});

test('a reserved name is kept as a fingerprint, and an admin may still give it away', async () => {
  const name = newName();
  await signUp(attacker.email, name);
  const rows = JSON.stringify(await sql(app, 'select * from challenges'));
  expect(rows).toContain('username_reservation');
  expect(rows).not.toContain(name);
  const admin = await app.adminClient();
  const { errors } = await admin.send(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { email: newAddress(), username: name } },
  );
  expect(errors).toEqual([]);
});
