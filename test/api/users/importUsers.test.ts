import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { hash as argon2Hash } from 'argon2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { mailsTo } from '../../support/mails.js';

const IMPORT = `mutation ($input: ImportUsersInput!) { importUsers(input: $input) {
  created skipped refused lines { line outcome fault userId } } }`;

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { server: { bodyLimitBytes: 1_000_000 } } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const text = (...lines: readonly (object | string)[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

async function importText(jsonLines: string, client = admin) {
  const answer = await client.send(IMPORT, { input: { jsonLines } });
  expect(answer.errors).toEqual([]);
  return answer.data?.['importUsers'];
}

async function faultOf(line: object | string): Promise<string | null> {
  const { lines, refused } = await importText(text(line));
  expect(lines).toHaveLength(1);
  expect(refused).toBe(lines[0].outcome === 'REFUSED' ? 1 : 0);
  return lines[0].fault;
}

const rowOf = async (email: string) => (await sql(app, 'select * from users where email = ?', [email]))[0];

test('a line with all there is becomes an account with all of it, made when it was', async () => {
  const email = newAddress();
  const line = {
    email: email.toUpperCase(),
    emailVerified: true,
    username: 'Old.Hand',
    displayName: ' Old Hand ',
    locale: 'de-at',
    pictureUrl: 'https://example.com/me.png',
    metadata: { legacyId: 17 },
    status: 'deactivated',
    createdAt: '2011-02-03T04:05:06.789Z',
  };
  const { created, lines } = await importText(text(line));
  const row = await rowOf(email);
  expect([created, lines[0]]).toEqual([1, { line: 1, outcome: 'CREATED', fault: null, userId: row?.['id'] }]);
  expect(row).toMatchObject({
    username: 'old.hand',
    display_name: 'Old Hand',
    locale: 'de-AT',
    picture_url: 'https://example.com/me.png',
    metadata: { legacyId: 17 },
    status: 'deactivated',
  });
  expect(new Date(String(row?.['created_at'])).toISOString()).toBe(line.createdAt);
  expect(row?.['email_verified_at']).not.toBeNull();
  const oldest = await admin.send('{ users(first: 1, orderBy: OLDEST_FIRST) { edges { node { email } } } }');
  expect(oldest.data?.['users'].edges[0].node.email).toBe(email);
});

test('an address alone is enough, empty lines are none, and nobody is mailed', async () => {
  const [first, second] = [newAddress(), newAddress()];
  const { created, lines } = await importText(
    `\n${text({ email: first })}\r\n\n  \n${text({ email: second })}`,
  );
  expect([created, lines.map(({ line }: { line: number }) => line)]).toEqual([2, [2, 5]]);
  expect(await rowOf(first)).toMatchObject({ status: 'active', metadata: {}, email_verified_at: null });
  expect([await mailsTo(app, first), await mailsTo(app, second)]).toEqual([[], []]);
});

test('the same lines again change nothing, nor do other facts of the same people', async () => {
  const email = newAddress();
  await importText(text({ email, displayName: 'As it was' }));
  const before = await rowOf(email);
  const again = await importText(
    text({ email, displayName: 'As it was' }, { email: ` ${email} `, displayName: 'New' }),
  );
  expect(again).toMatchObject({ created: 0, skipped: 2, refused: 0 });
  expect(await rowOf(email)).toEqual(before);
});

test('of two lines about one person the first counts, and one username is not given twice', async () => {
  const [email, other] = [newAddress(), newAddress()];
  const answer = await importText(
    text(
      { email, displayName: 'first' },
      { email, displayName: 'second' },
      { email: other, username: 'twice' },
    ),
  );
  expect(answer).toMatchObject({ created: 2, skipped: 1 });
  expect(await rowOf(email)).toMatchObject({ display_name: 'first' });
  const taken = { email: newAddress(), username: 'TWICE' };
  expect(await faultOf(taken)).toBe('USERNAME_TAKEN');
  expect(await rowOf(taken.email)).toBeUndefined();
});

describe('a line is refused by its number, and not repeated, when', () => {
  const marked = { email: newAddress(), metadata: { note: 'PRIVATE-FACT' } };

  test.each<[string, object | string, string]>([
    ['it is no JSON', '{"email": "PRIVATE-FACT', 'NOT_AN_OBJECT'],
    ['it is a list', ['PRIVATE-FACT'], 'NOT_AN_OBJECT'],
    ['it is a word', '"PRIVATE-FACT"', 'NOT_AN_OBJECT'],
    ['it has no address', { username: 'private' }, 'EMAIL_INVALID'],
    ['its address is none', { ...marked, email: 'PRIVATE-FACT' }, 'EMAIL_INVALID'],
    ['its address is a number', { ...marked, email: 7 }, 'EMAIL_INVALID'],
    ['its proof is a word', { ...marked, emailVerified: 'yes' }, 'EMAIL_VERIFIED_INVALID'],
    ['its username is an address', { ...marked, username: 'a@example.com' }, 'USERNAME_INVALID'],
    ['its username is a number', { ...marked, username: 7 }, 'USERNAME_INVALID'],
    ['its name is a number', { ...marked, displayName: 7 }, 'PROFILE_INVALID'],
    ['its picture is a script', { ...marked, pictureUrl: 'javascript:alert(1)' }, 'PROFILE_INVALID'],
    ['its metadata is a list', { ...marked, metadata: [] }, 'PROFILE_INVALID'],
    ['its metadata is too large', { ...marked, metadata: { x: 'x'.repeat(4_096) } }, 'PROFILE_INVALID'],
    [
      'it nests too deep',
      `{"email":"a@example.com","metadata":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      'PROFILE_INVALID',
    ],
    ['it says deleted', { ...marked, status: 'deleted' }, 'STATUS_INVALID'],
    [
      'it was made tomorrow',
      { ...marked, createdAt: new Date(Date.now() + 86_400_000) },
      'CREATED_AT_INVALID',
    ],
    ['it was made before there were computers', { ...marked, createdAt: '1815-12-10' }, 'CREATED_AT_INVALID'],
    ['its moment is a number', { ...marked, createdAt: 0 }, 'CREATED_AT_INVALID'],
    ['its password is in clear', { ...marked, passwordHash: 'PRIVATE-FACT' }, 'PASSWORD_HASH_UNSUPPORTED'],
    [
      'its hash is of a kind that is too weak',
      { ...marked, passwordHash: 'd41d8cd98f00b204e9800998ecf8427e' },
      'PASSWORD_HASH_UNSUPPORTED',
    ],
    ['it brings roles along', { ...marked, roles: ['system_admin'] }, 'FIELD_UNKNOWN'],
    ['it brings its id along', { ...marked, id: '01890000-0000-7000-8000-000000000000' }, 'FIELD_UNKNOWN'],
    ['its text holds a NUL', { ...marked, displayName: 'a\u0000b' }, 'TEXT_UNREADABLE'],
    ['a name in its metadata holds a NUL', { ...marked, metadata: { 'a\u0000': 1 } }, 'TEXT_UNREADABLE'],
  ])('%s', async (_why, line, fault) => {
    const answer = await admin.send(IMPORT, { input: { jsonLines: text({ email: newAddress() }, line) } });
    expect(answer.data?.['importUsers']).toMatchObject({
      created: 1,
      refused: 1,
      lines: [{ outcome: 'CREATED' }, { line: 2, outcome: 'REFUSED', fault, userId: null }],
    });
    expect(JSON.stringify(answer.data)).not.toContain('PRIVATE-FACT');
    expect(await rowOf(marked.email)).toBeUndefined();
  });
});

const salt = randomBytes(16);
const b64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

test.each<[string, () => Promise<string> | string]>([
  ['argon2id', () => argon2Hash(PASSWORD, { memoryCost: 1_024, timeCost: 1 })],
  ['bcrypt', () => bcryptHash(PASSWORD, 4)],
  [
    'scrypt',
    () =>
      `$scrypt$ln=10,r=8,p=1$${b64(salt)}$${b64(scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 }))}`,
  ],
  [
    'PBKDF2',
    () => `$pbkdf2-sha256$i=1000$${b64(salt)}$${b64(pbkdf2Sync(PASSWORD, salt, 1_000, 32, 'sha256'))}`,
  ],
])(
  'who had a password of %s signs in with it, and it is ours after the first time',
  async (_kind, hashed) => {
    const email = newAddress();
    await importText(text({ email, emailVerified: true, passwordHash: await hashed() }));
    expect((await app.client().login({ email, password: `${PASSWORD}!` })).code).toBe('INVALID_CREDENTIALS');
    expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
    const query = 'select hash from passwords p join users u on u.id = p.user_id where u.email = ?';
    expect(String((await sql(app, query, [email]))[0]?.['hash'])).toMatch(
      /^\$argon2id\$v=19\$m=1024,t=1,p=\d+\$/,
    );
    expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
  },
);

test('an import never sets the password of an account that exists', async () => {
  const person = await newPerson(app);
  const passwordHash = await bcryptHash('chosen by somebody else', 4);
  expect(await importText(text({ email: person.email, passwordHash }))).toMatchObject({ skipped: 1 });
  expect((await app.client().login({ email: person.email, password: PASSWORD })).errors).toEqual([]);
});

test('one event tells of a batch, in numbers', async () => {
  await importText(text({ email: newAddress() }, { email: newAddress() }, 'nonsense'));
  const answer = await admin.send(
    '{ auditEvents(first: 1) { edges { node { name payload subjectType actorId } } } }',
  );
  expect(answer.data?.['auditEvents'].edges[0].node).toEqual({
    name: 'users.imported',
    payload: { created: 2, skipped: 0, refused: 1 },
    subjectType: 'import',
    actorId: admin.userId,
  });
});

test('a thousand lines are taken at once, one more is refused with all of them', async () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => ({ email: `bulk-${i}@example.com` }));
  const tooMany = await admin.send(IMPORT, { input: { jsonLines: text(...lines, { email: newAddress() }) } });
  expect([tooMany.code, tooMany.data]).toEqual(['INVALID_INPUT', null]);
  expect(await importText(text(...lines))).toMatchObject({ created: 1_000 });
});

test('thirty imports of the same people at once make them once', async () => {
  const lines = Array.from({ length: 20 }, (_, i) => ({ email: newAddress(), username: `same-${i}` }));
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => importText(text(...(i % 2 ? lines : lines.toReversed())))),
  );
  const sum = (key: string) => answers.reduce((total, answer) => total + answer[key], 0);
  expect([sum('created'), sum('skipped'), sum('refused')]).toEqual([20, 580, 0]);
});

test('only users:create may', async () => {
  const input = { jsonLines: text({ email: newAddress() }) };
  const { client } = await newPerson(app);
  const other = await newDelegate(app, admin, [
    'users:list',
    'users:read',
    'users:modify',
    'users:deactivate',
  ]);
  expect((await app.client().send(IMPORT, { input })).code).toBe('UNAUTHENTICATED');
  expect((await client.send(IMPORT, { input })).code).toBe('FORBIDDEN');
  expect((await other.client.send(IMPORT, { input })).code).toBe('FORBIDDEN');
});
