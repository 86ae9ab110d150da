import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, newService } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const USERS = `query ($filter: UserFilter, $orderBy: UserOrder! = NEWEST_FIRST, $first: Int! = 100, $after: String) {
  users(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges { node { username lockedUntil } } pageInfo { hasNextPage endCursor } totalCount } }`;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { rateLimits: { loginsPerMinute: 1e6, signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 } },
  });
  admin = await app.adminClient();
  for (const [username, email, displayName] of [
    ['ada', 'ada.lovelace@analytical.example', 'Ada Lovelace'],
    ['grace.hopper', 'grace@navy.example', 'Grace Brewster Murray Hopper'],
    ['juergen', 'j_weber@example.com', 'Jürgen ÄRMEL-Weber'],
    ['oneil', 'o.neil@example.com', `Shaquille O'Neil 34`],
    ['tanaka', 't@example.jp', '田中 さくら'],
  ] as const) {
    await changed(admin, 'createUser', { email, username, displayName });
  }
});
afterAll(async () => await app.close());

async function users(filter: object | null, more: object = {}) {
  const answer = await admin.send(USERS, { filter, ...more });
  expect(answer.errors).toEqual([]);
  return answer.data?.['users'];
}

/** The usernames, newest first; whoever has none is left out. */
async function found(filter: object, more: object = {}): Promise<string[]> {
  const { edges, totalCount } = await users(filter, more);
  expect(totalCount).toBe(edges.length);
  return edges.flatMap(({ node }: { node: { username: string | null } }) => node.username ?? []);
}

test.each<[string, string[]]>([
  ['ada', ['ada']],
  ['ADA', ['ada']],
  ['ad', ['ada']],
  ['da', []],
  ['lovelace', ['ada']],
  ['love ada', ['ada']],
  ['ada.lovelace@analytical.example', ['ada']],
  ['analyt', ['ada']],
  ['  Hopper,  GRACE! ', ['grace.hopper']],
  ['hop grace nav', ['grace.hopper']],
  ['grace lovelace', []],
  ['grace.hopper', ['grace.hopper']],
  ['jürgen', ['juergen']],
  ['JÜRGEN', ['juergen']],
  ['ärmel', ['juergen']],
  ['weber', ['juergen']],
  ['o’neil', ['oneil']],
  ['34', ['oneil']],
  ['田中', ['tanaka']],
  ['ｇｒａｃｅ', ['grace.hopper']],
  ['nobody', []],
])('“%s” finds %j', async (search, usernames) => {
  expect(await found({ search })).toEqual(usernames);
});

test.each([
  `' | 'ada`,
  `ada' & !'x`,
  `'ada':*`,
  `ada\\`,
  `\\'`,
  `'; drop table users; --`,
  '%ada%',
  'ada & grace | !',
  'ada <-> lovelace',
  ':*',
  '$1',
  '?',
])('“%s” is read as words, whatever it means to a database', async (search) => {
  const { edges } = await users({ search });
  for (const { node } of edges) {
    if (/ada/.test(search)) expect(['ada', null]).toContain(node.username);
  }
  expect((await users(null)).totalCount).toBeGreaterThan(5);
});

test('text without a letter or digit narrows nothing, and 200 characters are the most', async () => {
  const { totalCount } = await users(null);
  for (const search of ['', ' ', '@', '-- !', '؟'])
    expect((await users({ search })).totalCount).toBe(totalCount);
  expect(await found({ search: `ada ${'love '.repeat(39)}` })).toEqual(['ada']);
  expect((await admin.send(USERS, { filter: { search: 'a'.repeat(201) } })).code).toBe('INVALID_INPUT');
});

test('a changed name is found, and the former one is not', async () => {
  const { id } = await changed(admin, 'createUser', { email: newAddress(), username: 'was-here' });
  expect(await found({ search: 'was' })).toEqual(['was-here']);
  await changed(admin, 'updateUser', { userId: id, username: 'is-here' });
  expect([await found({ search: 'was' }), await found({ search: 'is here' })]).toEqual([[], ['is-here']]);
  await changed(admin, 'deleteUser', { userId: id });
});

describe('narrowed', () => {
  test('by state', async () => {
    const { id } = await changed(admin, 'createUser', { email: newAddress(), username: 'closed-one' });
    await changed(admin, 'deactivateUser', { userId: id });
    expect(await found({ status: 'DEACTIVATED' })).toEqual(['closed-one']);
    expect(await found({ status: 'ACTIVE', search: 'closed' })).toEqual([]);
    expect(await found({ search: 'closed' })).toEqual(['closed-one']);
  });

  test('by proof', async () => {
    const { id } = await changed(admin, 'createUser', { email: newAddress(), username: 'proved-one' });
    await changed(admin, 'updateUser', { userId: id, emailVerified: true });
    expect(await found({ verified: true })).toEqual(['proved-one']);
    expect(await found({ verified: false, search: 'proved' })).toEqual([]);
  });

  test('by role; of an unknown or empty one there is nobody', async () => {
    const role = await newRole(app, ['users:list']);
    for (const username of ['holder-a', 'holder-b']) {
      await changed(admin, 'createUser', { email: newAddress(), username, roles: [role] });
    }
    expect(await found({ role })).toEqual(['holder-b', 'holder-a']);
    expect(await found({ role, search: 'b' })).toEqual(['holder-b']);
    expect(await found({ role, verified: true })).toEqual([]);
    expect(await found({ role: 'nothing' })).toEqual([]);
    expect(await found({ role: '' })).toEqual([]);
  });

  test('by lockout: exactly who is refused, until the cooldown is over', async () => {
    const person = await newPerson(app);
    await changed(admin, 'updateUser', { userId: person.id, username: 'locked-one' });
    const fail = async () => await app.client().login({ email: person.email, password: 'wrong wrong wrong' });
    for (let i = 1; i < 5; i += 1) await fail();
    expect(await found({ locked: true })).toEqual([]);
    await fail();
    const refused = await fail();
    expect(refused.code).toBe('TOO_MANY_ATTEMPTS');
    expect(await found({ locked: true })).toEqual(['locked-one']);
    expect(await found({ locked: true, search: 'locked' })).toEqual(['locked-one']);
    expect(await found({ locked: false, search: 'locked' })).toEqual([]);
    const { retryAfter } = refused.errors[0]?.extensions ?? {};
    const { edges } = await users({ locked: true });
    const until = new Date(edges[0].node.lockedUntil).getTime();
    expect(Math.ceil((until - clock.now().getTime()) / 1_000)).toBe(retryAfter);
    clock.advance(retryAfter);
    expect(await found({ locked: true })).toEqual([]);
    expect((await users({ search: 'locked' })).edges[0].node.lockedUntil).toBeNull();
  });
});

test('pages of a search cover everybody once, in either order, and a cursor is no secret passage', async () => {
  const role = await newRole(app, []);
  const names = Array.from({ length: 7 }, (_, i) => `paged-${i}`);
  for (const username of names)
    await changed(admin, 'createUser', { email: newAddress(), username, roles: [role] });
  for (const filter of [
    { search: 'paged' },
    { role },
    { search: 'pag', role, status: 'ACTIVE', verified: false },
  ]) {
    for (const [orderBy, expected] of [
      ['NEWEST_FIRST', names.toReversed()],
      ['OLDEST_FIRST', names],
    ] as const) {
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<typeof users>> = await users(filter, { orderBy, first: 3, after });
        expect(page.totalCount).toBe(7);
        seen.push(...page.edges.map(({ node }: { node: { username: string } }) => node.username));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      expect(seen).toEqual(expected);
    }
  }
  const answer = await admin.send(USERS, { filter: { search: 'paged' }, after: 'garbage' });
  expect(answer.code).toBe('INVALID_CURSOR');
});

test('thirty searches beside thirty new accounts are all answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await changed(admin, 'createUser', { email: newAddress(), username: `beside-${i}` });
      const { edges } = await users({ search: `beside ${i}` });
      return edges.map(({ node }: { node: { username: string } }) => node.username);
    }),
  );
  answers.forEach((names, i) => expect(names).toContain(`beside-${i}`));
});

test('every narrowing is for users:list alone', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  const reader = await newDelegate(app, admin, ['users:read']);
  const filter = { search: 'ada' };
  expect((await client.send(USERS, { filter })).code).toBe('FORBIDDEN');
  expect((await reader.client.send(USERS, { filter })).code).toBe('FORBIDDEN');
  expect((await app.client().send(USERS, { filter })).code).toBe('UNAUTHENTICATED');
  expect((await app.client().send(USERS, { filter }, { authorization: basic })).code).toBe('FORBIDDEN');
});
