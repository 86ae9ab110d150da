import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { guardedFields } from '../../scripts/reference/permissions.js';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { BEYOND_KEYS } from '../../src/features/api-keys/api-keys.contract.js';
import { createLogger } from '../../src/platform/logger.js';
import { newPerson, newService, type Person, type Service, sql } from '../support/accounts.js';
import { change, changed, newDelegate, newRole } from '../support/admins.js';
import { forgedKey, newApiKey, type NewApiKey, partsOf, VIEWER_OF_KEY } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { everyRow, foundIn } from '../support/canaries.js';
import type { Client } from '../support/client.js';
import { listen } from '../support/listener.js';
import { fuzzedFields } from '../support/schema-fuzz.js';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';

const log: string[] = [];
let app: TestApp;
let admin: Client;
let owner: Person;
let key: NewApiKey;
let service: Service;
beforeAll(async () => {
  const logger = createLogger({ level: 'debug' }, { write: (line) => void log.push(line) });
  app = await startTestApp({ logger });
  admin = await app.adminClient();
  owner = await newDelegate(app, admin, ['users:read', 'users:modify']);
  key = await newApiKey(owner.client, { scopes: ['users:read'] });
  service = await newService(admin);
});
afterAll(async () => await app.close());

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const viewer = async (headers: Record<string, string>) => await app.client().send(VIEWER_OF_KEY, {}, headers);
const validate = async (headers: Record<string, string>) =>
  await app.client().fetch('/auth/validate', { headers });
async function introspect(token: string): Promise<string> {
  const init = { method: 'POST', headers: { authorization: service.basic } };
  const body = new URLSearchParams({ token });
  return await (await app.client().fetch('/auth/introspect', { ...init, body })).text();
}

/** The statements about credentials and rights that `work` sends to the database; jobs may send others meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(app.services.statements, 'run');
  try {
    await work();
    return spy.mock.calls.map(([{ name }]) => name).filter((name) => /^(api-key|access|session)-/.test(name));
  } finally {
    spy.mockRestore();
  }
}

/** Everything that is nearly a key. */
async function forgeries(): Promise<Record<string, string>> {
  const { id, secret } = partsOf(key);
  const other = partsOf(await newApiKey(owner.client));
  const ended = await newApiKey(owner.client);
  await sql(app, 'update api_keys set revoked_at = now() where id = ?', [ended.id]);
  const whole = key.secret;
  return {
    'of an unknown id': forgedKey({ id: UNKNOWN, secret }),
    'of an id that is none': forgedKey({ id: 'f'.repeat(32), secret }),
    'with another secret': forgedKey({ id, secret: randomBytes(32).toString('base64url') }),
    'with the secret of another key': forgedKey({ id, secret: other.secret }),
    'with an empty secret': forgedKey({ id, secret: '' }),
    'of another environment': forgedKey({ environment: 'live', id, secret }),
    'of an environment that is none': forgedKey({ environment: 'prod', id, secret }),
    'that has ended': ended.secret,
    'under another checksum': `${whole.slice(0, -8)}00000000`,
    'without a checksum': whole.slice(0, -9),
    'cut off': whole.slice(0, -1),
    'with something after it': `${whole}0`,
    'in capitals': whole.toUpperCase(),
    'with capitals in its id': whole.replace(id, id.toUpperCase()),
    twice: `${whole}${whole}`,
    'and a quote': `${whole}'--`,
    'of nothing but its prefix': 'lk_',
    'longer than any of ours': `lk_test_${'a'.repeat(6_000)}`,
  };
}

describe('a forged key', () => {
  test('is refused in every form, by every surface, with one code, and never with 5xx', async () => {
    const forged = Object.entries(await forgeries());
    expect(forged.length).toBeGreaterThan(15);
    for (const [form, secret] of forged) {
      for (const headers of [bearer(secret), { 'x-api-key': secret }]) {
        // As a Bearer token, what does not even claim to be a key is judged as another credential.
        if ('authorization' in headers && !/^lk_[\w-]*$/.test(secret)) continue;
        const answer = await viewer(headers);
        expect([answer.status, answer.code], form).toEqual([401, 'API_KEY_INVALID']);
        const refused = await validate(headers);
        expect([refused.status, await refused.text()], form).toEqual([401, '']);
        expect(refused.headers.get('www-authenticate')).toMatch(
          /^Bearer realm="latchkey", error="invalid_token"/,
        );
      }
      expect(await introspect(secret), form).toBe('{"active":false}');
    }
    expect((await viewer(bearer(key.secret))).status).toBe(200);
  });

  test('opens no socket', async () => {
    const { id } = partsOf(key);
    const secret = forgedKey({ id, secret: randomBytes(32).toString('base64url') });
    const listener = await listen(app, app.client(), { authorization: `Bearer ${secret}` });
    expect(await listener.closed).toBe(4401);
  });

  test('asks the database for nothing when it is mistyped, wherever, or guessed for a key that is in use', async () => {
    await viewer(bearer(key.secret));
    const { id, secret } = partsOf(key);
    const slips = Array.from(key.secret, (letter, place) => {
      const other = letter === 'a' ? 'b' : 'a';
      return key.secret.slice(0, place) + other + key.secret.slice(place + 1);
    });
    const swapped = key.secret.slice(0, 45) + key.secret[46] + key.secret[45] + key.secret.slice(47);
    const guesses = Array.from({ length: 20 }, () =>
      forgedKey({ id, secret: randomBytes(32).toString('base64url') }),
    );
    const tries = [...slips, ...(swapped === key.secret ? [] : [swapped]), ...guesses];
    const statements = await statementsOf(async () => {
      for (const each of tries) expect((await validate({ 'x-api-key': each })).status, each).toBe(401);
    });
    expect(statements).toEqual([]);
    const unknown = forgedKey({ id: UNKNOWN, secret });
    expect(await statementsOf(async () => await validate({ 'x-api-key': unknown }))).toEqual([
      'api-key-find-live',
    ]);
  });
});

describe('of a key and another credential in one request', () => {
  test('Authorization decides alone, and a refused one is not made up for by the other', async () => {
    const [good, bad] = [key.secret, forgedKey({ id: UNKNOWN, secret: partsOf(key).secret })];
    const token = owner.client.accessToken ?? '';
    const cookie = app.services.cookies.nameOf('access');
    const table: [Record<string, string>, string | undefined][] = [
      [{ ...bearer(bad), 'x-api-key': good }, 'API_KEY_INVALID'],
      [{ ...bearer('x.y.z'), 'x-api-key': good }, 'TOKEN_INVALID'],
      [{ authorization: `Basic ${btoa('a:b')}`, 'x-api-key': good }, 'CLIENT_INVALID'],
      [{ authorization: 'Nonsense', 'x-api-key': good }, 'CREDENTIAL_INVALID'],
      [{ authorization: '', 'x-api-key': good }, 'CREDENTIAL_INVALID'],
      [{ authorization: good }, 'CREDENTIAL_INVALID'],
      [{ cookie: `${cookie}=${token}`, 'x-api-key': bad }, 'API_KEY_INVALID'],
      [{ cookie: `${cookie}=${good}` }, 'TOKEN_INVALID'],
      [{ 'x-api-key': token }, 'API_KEY_INVALID'],
      [{ 'x-api-key': service.clientSecret }, 'API_KEY_INVALID'],
      [{ 'x-api-key': `${good}, ${good}` }, 'API_KEY_INVALID'],
    ];
    for (const [headers, code] of table) {
      const answer = await viewer(headers);
      expect([answer.status, answer.code], JSON.stringify(Object.keys(headers))).toEqual([401, code]);
    }
    expect((await viewer({ ...bearer(token), 'x-api-key': bad })).data?.['viewer'].kind).toBe('user');
  });
});

describe('a key', () => {
  const schema = schemaOfAllFeatures();
  const personal = guardedFields(schema).filter(({ rule }) =>
    /a signed-in user|a user who has/.test(rule ?? ''),
  );
  const fields = fuzzedFields(schema).filter(({ name }) => personal.some(({ field }) => field === name));

  test('is refused at every field that is for people who are signed in, whatever its scopes', async () => {
    const { secret } = await newApiKey(owner.client, { scopes: ['users:read', 'users:modify'] });
    const asked = fields.filter(({ kind }) => kind !== 'subscription');
    expect(asked.length).toBeGreaterThan(8);
    for (const { name, query, variables } of asked) {
      const answer = await app.client().send(query, variables, bearer(secret));
      expect([answer.status, answer.code], name).toEqual([403, 'FORBIDDEN']);
    }
  });

  test('begins no session, refreshes none and ends none', async () => {
    const count = async () =>
      await sql(app, 'select count(*)::int as alive from sessions where revoked_at is null');
    const before = await count();
    const send = async (query: string) => await app.client().send(query, {}, bearer(key.secret));
    await send('mutation { logout { ok } }');
    expect(
      (await send(`mutation { refreshSession(input: { refreshToken: "${key.secret}" }) { __typename } }`))
        .code,
    ).toBe('REFRESH_INVALID');
    const answer = await viewer(bearer(key.secret));
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await count()).toEqual(before);
  });

  test('does not change what its owner may not change of their own account in passing', async () => {
    const mighty = await newDelegate(app, admin, ['users:modify', 'users:erase']);
    const { secret } = await newApiKey(mighty.client, { scopes: ['users:modify', 'users:erase'] });
    const proved = { userId: mighty.id, emailVerified: true };
    expect((await change(app.client(), 'updateUser', proved, bearer(secret))).code).toBe('FORBIDDEN');
    const moved = { userId: mighty.id, email: `taken-${mighty.email}` };
    expect((await change(app.client(), 'updateUser', moved, bearer(secret))).code).toBe('FORBIDDEN');
    const set =
      'mutation ($input: SetUserPasswordInput!) { setUserPassword(input: $input) { sessionsEnded } }';
    const erase = 'mutation ($input: EraseUserInput!) { eraseUser(input: $input) { receiptId } }';
    for (const userId of [mighty.id, (await newPerson(app)).id]) {
      const password = { input: { userId, newPassword: 'four green kettles under a table' } };
      expect((await app.client().send(set, password, bearer(secret))).code).toBe('FORBIDDEN');
      const account = { input: { userId, dryRun: false } };
      expect((await app.client().send(erase, account, bearer(secret))).code).toBe('FORBIDDEN');
    }
  });

  test('manages nobody who may do more than the key itself, however much its owner may do', async () => {
    const { secret } = await newApiKey(admin, { scopes: ['users:modify'] });
    const [stronger, weaker] = [await newDelegate(app, admin, ['users:read']), await newPerson(app)];
    const rename = async ({ id: userId }: Person) =>
      await change(app.client(), 'updateUser', { userId, displayName: 'X' }, bearer(secret));
    expect((await rename(stronger)).code).toBe('USER_TOO_POWERFUL');
    expect((await rename(weaker)).errors).toEqual([]);
  });

  test('does not do what asks an admin for a fresh proof, even with all the permissions that a key can have', async () => {
    const scopes = [...app.services.registry].filter((each) => !BEYOND_KEYS.has(each));
    const { secret } = await newApiKey(admin, { scopes });
    const { id: userId } = await newPerson(app);
    const role = await newRole(app, ['users:modify']);
    for (const [mutation, input] of [
      ['deactivateUser', { userId }],
      ['deleteUser', { userId }],
      ['unlockUser', { userId }],
      ['assignRole', { userId, role }],
      ['createUser', { email: 'by-a-key@example.com', roles: [role] }],
    ] as const) {
      const answer = await change(app.client(), mutation, input, bearer(secret));
      expect([mutation, answer.status, answer.code]).toEqual([mutation, 403, 'FORBIDDEN']);
    }
  });

  test('loses a scope with the role of its owner on the next request, and gains none by a new one', async () => {
    const person = await newPerson(app);
    const [role, wider] = [await newRole(app, ['users:read']), await newRole(app, ['users:list'])];
    await changed(admin, 'assignRole', { userId: person.id, role });
    const { secret } = await newApiKey(person.client, { scopes: ['users:read'] });
    const permissions = async () => (await viewer(bearer(secret))).data?.['viewer'].permissions;
    const validated = async () => (await validate(bearer(secret))).headers.get('x-auth-scopes');
    expect([await permissions(), await validated()]).toEqual([['users:read'], 'users%3Aread']);
    await changed(admin, 'revokeRole', { userId: person.id, role });
    await changed(admin, 'assignRole', { userId: person.id, role: wider });
    expect([await permissions(), await validated()]).toEqual([[], '']);
    expect(JSON.parse(await introspect(secret))).toMatchObject({ active: true, permissions: [], scope: '' });
    await changed(admin, 'assignRole', { userId: person.id, role });
    expect(await permissions()).toEqual(['users:read']);
  });

  test('whose owner loses a right hears nothing more of what it was for, on a socket that is open', async () => {
    const person = await newPerson(app);
    const role = await newRole(app, ['sessions:watch']);
    await changed(admin, 'assignRole', { userId: person.id, role });
    const { secret } = await newApiKey(person.client, { scopes: ['sessions:watch'] });
    const listener = await listen(app, app.client(), { authorization: `Bearer ${secret}` });
    await changed(admin, 'revokeRole', { userId: person.id, role });
    await (await newPerson(app)).client.send('mutation { logout { ok } }');
    await expect(listener.next()).rejects.toThrow('FORBIDDEN');
    await listener.close();
  });

  test('whose owner was closed behind the back of the product is dead all the same', async () => {
    const person = await newPerson(app);
    const { secret } = await newApiKey(person.client);
    await sql(app, `update users set status = 'deactivated' where id = ?`, [person.id]);
    expect((await viewer(bearer(secret))).code).toBe('API_KEY_INVALID');
  });
});

test('what is done with a key is audited under its owner and the key', async () => {
  const { id, secret } = await newApiKey(owner.client, { scopes: ['users:modify'] });
  const { id: userId } = await newPerson(app);
  const renamed = { userId, displayName: 'Somebody' };
  expect((await change(app.client(), 'updateUser', renamed, bearer(secret))).errors).toEqual([]);
  const [row] = await sql(app, `select * from audit_events where user_id = ? and name = 'user.updated'`, [
    userId,
  ]);
  expect(row).toMatchObject({ actor_kind: 'api_key', actor_id: owner.id, actor_session_id: id });
});

test('no secret of a key is in the database, the log, or a refusal', async () => {
  const { secret } = partsOf(key);
  const refused = await viewer(bearer(`${key.secret.slice(0, -8)}00000000`));
  const canaries = { 'the key': key.secret, 'its secret': secret };
  expect(foundIn(await everyRow(app), canaries)).toEqual([]);
  expect(log.length).toBeGreaterThan(0);
  expect(foundIn(log.join('\n'), canaries)).toEqual([]);
  expect(foundIn(JSON.stringify(refused.errors), canaries)).toEqual([]);
});
