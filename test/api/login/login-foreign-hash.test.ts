import { afterAll, beforeAll, expect, test } from 'vitest';
import { User } from '../../../src/features/users/user.entity.js';
import { newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';

/** Of "correct horse", made by other programs. */
const HASHES = [
  ['bcrypt', '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['scrypt', '$scrypt$ln=14,r=8,p=1$c2l4dGVlbiBieXRlIHNhbA$GNfGKqaR3RLYHUFISbDDIayxopOSkSPsQUrzHr2kl60'],
  ['PBKDF2', '$pbkdf2-sha256$i=10000$c2l4dGVlbiBieXRlIHNhbA$sAjhv7uqDhKmeMI7JoYQUTkkMcZzQqGBM7tEptz1CJQ'],
  ['argon2d', '$argon2d$v=19$m=512,t=3,p=2$c2l4dGVlbiBieXRlIHNhbA$Fy6n06kxfBx22/gjvbMKxBHDPYNdevs1'],
] as const;
const HORSE = 'correct horse';
/** At the costs of the test's configuration. */
const TODAYS = /^\$argon2id\$v=19\$m=1024,t=1,p=1\$/;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

async function personWith(hash: string): Promise<Person> {
  const person = await newPerson(app);
  await sql(app, 'update passwords set hash = ? where user_id = ?', [hash, person.id]);
  return person;
}

async function hashOf({ id }: Person): Promise<unknown> {
  return (await sql(app, 'select hash from passwords where user_id = ?', [id]))[0]?.['hash'];
}

const login = async ({ email }: Person, password: string) =>
  (await app.client().login({ email, password })).code ?? 'signed in';

test.each(HASHES)('a hash of %s lets its owner in, and is one of ours from then on', async (_, hash) => {
  const person = await personWith(hash);
  expect(await login(person, PASSWORD)).toBe('INVALID_CREDENTIALS');
  expect(await hashOf(person)).toBe(hash);
  expect(await login(person, HORSE)).toBe('signed in');
  expect(await hashOf(person)).toMatch(TODAYS);
  expect(await login(person, HORSE)).toBe('signed in');
  expect(await login(person, PASSWORD)).toBe('INVALID_CREDENTIALS');
});

test.each(['', 'x', '$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2', '$argon2id$v=19$m=9'])(
  'a hash that nobody can read lets nobody in: "%s"',
  async (hash) => {
    const person = await personWith(hash);
    expect(await login(person, HORSE)).toBe('INVALID_CREDENTIALS');
    expect(await login(person, hash)).toBe('INVALID_CREDENTIALS');
  },
);

test('ten first sign-ins at the same moment are all let in, and leave one hash of ours', async () => {
  const person = await personWith(HASHES[0][1]);
  const answers = await Promise.all(Array.from({ length: 10 }, () => login(person, HORSE)));
  expect(new Set(answers)).toEqual(new Set(['signed in']));
  expect(await hashOf(person)).toMatch(TODAYS);
});

test('a password that is changed between a sign-in and the new hash of the old one stays changed', async () => {
  const person = await personWith(HASHES[0][1]);
  const user = await app.services.em.fork().findOneOrFail(User, { id: person.id });
  const { right, hashAnew } = await app.services.passwords.verify(user, HORSE);
  expect(right).toBe(true);
  const changed = await app.services.hasher.hash('another password by now');
  await sql(app, 'update passwords set hash = ? where user_id = ?', [changed, person.id]);
  await hashAnew?.();
  expect(await hashOf(person)).toBe(changed);
});
