import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { generousLimits } from '../../support/email-flows.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

async function update(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
      user { id displayName username locale pictureUrl metadata } } }`,
    { input },
  );
}

const whole = {
  displayName: 'Ada Lovelace',
  locale: 'de-AT',
  pictureUrl: 'https://example.com/ada.png',
  metadata: { theme: 'dark', steps: [1, 2, { done: true }] },
};

/** A username that nobody else in this run has. */
const newUsername = (): string => newAddress().split('@')[0] ?? '';

test('changes what it names, keeps what it does not, and clears what is null', async () => {
  const { client, id } = await newPerson(app);
  const username = newUsername();
  const first = await update(client, { ...whole, username });
  expect(first.errors).toEqual([]);
  expect(first.data?.['updateProfile'].user).toEqual({ id, ...whole, username });
  const second = await update(client, { locale: 'fr', metadata: null });
  expect(second.data?.['updateProfile'].user).toEqual({ id, ...whole, username, locale: 'fr', metadata: {} });
  const third = await update(client, { displayName: null, username: null, locale: null, pictureUrl: null });
  expect(third.data?.['updateProfile'].user).toEqual({
    id,
    displayName: null,
    username: null,
    locale: null,
    pictureUrl: null,
    metadata: {},
  });
});

test('the audit trail names the fields and none of their values, and nothing when nothing changed', async () => {
  const { client, id } = await newPerson(app);
  await update(client, whole);
  await update(client, whole);
  const admin = await app.adminClient();
  const names = await auditNamesOf(admin, id);
  expect(names.filter((name) => name === 'user.updated')).toHaveLength(1);
  const [row] = await sql(
    app,
    "select payload from audit_events where user_id = ? and name = 'user.updated'",
    [id],
  );
  expect(row?.['payload']).toEqual({ fields: ['displayName', 'locale', 'pictureUrl', 'metadata'] });
});

test('a username signs in, and the one before no more', async () => {
  const { client } = await newPerson(app);
  const [before, after] = [newUsername(), newUsername()];
  await update(client, { username: before });
  await update(client, { username: after.toUpperCase() });
  const found = async (login: string) => (await app.services.users.findByLogin(login))?.username;
  expect([await found(before), await found(after)]).toEqual([undefined, after]);
});

test('of thirty people who want one username at once, exactly one gets it', async () => {
  const username = newUsername();
  const people: Person[] = [];
  for (let n = 0; n < 30; n += 1) people.push(await newPerson(app));
  const answers = await Promise.all(people.map(async ({ client }) => await update(client, { username })));
  const codes = answers.map(({ code }) => code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(new Set(codes.filter((code) => code !== undefined))).toEqual(new Set(['USERNAME_TAKEN']));
});

test('a username is tried five times a day, its own costs nothing', async () => {
  const { client } = await newPerson(app);
  const taken = newUsername();
  await update((await newPerson(app)).client, { username: taken });
  const own = newUsername();
  await update(client, { username: own });
  const codes = [];
  for (let n = 0; n < 5; n += 1) codes.push((await update(client, { username: taken })).code);
  expect(codes).toEqual([...Array.from({ length: 4 }, () => 'USERNAME_TAKEN'), 'RATE_LIMITED']);
  expect((await update(client, { username: own, displayName: 'Ada' })).errors).toEqual([]);
});

const refused: readonly [string, object, string][] = [
  ['a name that breaks the line', { displayName: 'a\nb' }, 'INVALID_INPUT'],
  ['a name that is none', { displayName: 'x'.repeat(201) }, 'INVALID_INPUT'],
  ['a username that is an address', { username: 'ada@example.com' }, 'USERNAME_INVALID'],
  ['a username that is too short', { username: 'ab' }, 'USERNAME_INVALID'],
  ['a locale that is none', { locale: 'german' + 'x'.repeat(10) }, 'INVALID_INPUT'],
  ['a picture over http', { pictureUrl: 'http://example.com/a.png' }, 'INVALID_INPUT'],
  ['a picture that is a script', { pictureUrl: 'javascript:alert(1)' }, 'INVALID_INPUT'],
  ['a picture behind a password', { pictureUrl: 'https://a:b@example.com/' }, 'INVALID_INPUT'],
  ['more than 4 KiB', { metadata: { a: 'x'.repeat(4100) } }, 'INVALID_INPUT'],
  ['a NUL', { metadata: { a: ['\u0000'] } }, 'INVALID_INPUT'],
  ['a NUL in a key', { metadata: { '\u0000': 1 } }, 'INVALID_INPUT'],
  ['half a character', { metadata: { a: '\ud800' } }, 'INVALID_INPUT'],
  ['a key of the prototype', { metadata: { a: { constructor: 1 } } }, 'INVALID_INPUT'],
];

test.each(refused)('%s is refused, and nothing changes', async (_, input, code) => {
  const { client, id } = await newPerson(app);
  await update(client, whole);
  const answer = await update(client, { displayName: 'Eve', ...input });
  expect([answer.status, answer.code]).toEqual([422, code]);
  const [row] = await sql(app, 'select display_name from users where id = ?', [id]);
  expect(row).toEqual({ display_name: 'Ada Lovelace' });
});

test('metadata of another shape, or ten thousand levels deep, is refused and never an accident', async () => {
  const { client } = await newPerson(app);
  const deep = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  for (const metadata of ['"text"', '[]', '1', '[{}]', deep, '{"__proto__":{"a":1}}', '{"__proto__":null}']) {
    const response = await client.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }","variables":{"input":{"metadata":${metadata}}}}`,
    });
    expect(response.status, metadata.slice(0, 30)).toBeGreaterThanOrEqual(400);
    expect(response.status, metadata.slice(0, 30)).toBeLessThan(500);
  }
});

test('metadata may be written into the document, and means the same', async () => {
  const { client } = await newPerson(app);
  const answer = await client.send(
    'mutation { updateProfile(input: { metadata: { a: [1, { b: null }], c: "x" } }) { user { metadata } } }',
  );
  expect(answer.data?.['updateProfile'].user.metadata).toEqual({ a: [1, { b: null }], c: 'x' });
});

test('nothing but the profile can be reached, and nobody else’s', async () => {
  const { client, id, email } = await newPerson(app);
  for (const smuggled of [
    { status: 'ACTIVE' },
    { email: newAddress() },
    { emailVerified: true },
    { id: (await newPerson(app)).id },
    { password: PASSWORD },
    { roles: ['system_admin'] },
  ]) {
    const answer = await update(client, { displayName: 'Eve', ...smuggled });
    expect(answer.status, JSON.stringify(smuggled)).toBe(400);
  }
  const [row] = await sql(app, 'select email, status, email_verified_at from users where id = ?', [id]);
  expect(row).toEqual({ email, status: 'active', email_verified_at: null });
  const anonymous = await update(app.client(), { displayName: 'Eve' });
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
});
