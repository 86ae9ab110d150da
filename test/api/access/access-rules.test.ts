import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../../src/app/print-schema.js';
import type { AccessFacts } from '../../../src/features/access/rules/access-rules.contract.js';
import { createLogger } from '../../../src/platform/logger.js';
import { newPerson, newService, PASSWORD } from '../../support/accounts.js';
import { decided, NOTHING, type RuleModules, ruleModules } from '../../support/access.js';
import { changed, newDelegate } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { listen } from '../../support/listener.js';

const lines: string[] = [];
let modules: RuleModules;
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  modules = await ruleModules('accessRuleOfThisTest');
  const logger = createLogger({ level: 'info' }, { write: (line) => void lines.push(line) });
  const rulesModule = await modules.answering();
  app = await startTestApp({ logger, config: { access: { permissionsFile: null, rulesModule } } });
  admin = await app.adminClient();
});
beforeEach(() => modules.answer(() => true));
afterAll(async () => {
  await app.close();
  await modules.remove();
});

const USERS = '{ users(first: 1) { totalCount } }';

describe('a rule', () => {
  test('refuses what its caller might do otherwise, and lets through what they might do', async () => {
    const { client } = await newDelegate(app, admin, ['users:list']);
    expect((await client.send(USERS)).errors).toEqual([]);
    modules.answer(() => false);
    expect((await client.send(USERS)).code).toBe('FORBIDDEN');
  });

  test('opens nothing: it is not even asked where the product refuses', async () => {
    const { client } = await newPerson(app);
    const asked: string[] = [];
    modules.answer(({ action }) => asked.push(action.name) > 0);
    expect((await client.send(USERS)).code).toBe('FORBIDDEN');
    expect((await app.client().send(USERS)).code).toBe('UNAUTHENTICATED');
    expect(asked).toEqual([]);
    expect((await client.send('{ viewer { user { metadata } } }')).errors).toEqual([]);
    expect(asked).toEqual(['viewer', 'User.metadata']);
  });

  test('judges a mutation before it is done', async () => {
    const { id } = await newPerson(app);
    modules.answer(({ action }) => action.name !== 'deactivateUser');
    const answer = await admin.send(
      'mutation ($userId: UUID!) { deactivateUser(input: { userId: $userId }) { user { id } } }',
      { userId: id },
    );
    expect(answer.code).toBe('FORBIDDEN');
    modules.answer(() => true);
    const { data } = await admin.send('query ($id: UUID!) { user(id: $id) { status } }', { id });
    expect(data?.['user'].status).toBe('ACTIVE');
  });

  test('judges a subscription before it begins, and again before each event', async () => {
    const { client } = await newDelegate(app, admin, ['sessions:watch']);
    modules.answer(({ action }) => action.name !== 'sessionRevoked');
    await expect((await listen(app, client)).next()).rejects.toThrow('FORBIDDEN');
    modules.answer(() => true);
    const listener = await listen(app, client);
    const first = await newPerson(app);
    await first.client.send('mutation { logout { ok } }');
    expect((await listener.next()).userId).toBe(first.id);
    modules.answer(({ action }) => action.name !== 'sessionRevoked');
    await (await newPerson(app)).client.send('mutation { logout { ok } }');
    await expect(listener.next()).rejects.toThrow('FORBIDDEN');
    await listener.close();
  });

  test('judges operations over a websocket', async () => {
    const { client } = await newPerson(app);
    modules.answer(() => false);
    const socket = client.socket();
    for await (const answer of socket.iterate({ query: '{ viewer { id } }' })) {
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    }
    await socket.dispose();
  });
});

describe('whoever is refused', () => {
  const refuseUsers = () => modules.answer(({ action }) => action.name !== 'users');
  const detailsOf = async (client: Client) => (await client.send(USERS)).errors[0]?.extensions;

  test('is told by which rule only if they may ask for reasons', async () => {
    const plain = await newDelegate(app, admin, ['users:list']);
    const explainer = await newDelegate(app, admin, ['users:list', 'access:explain']);
    refuseUsers();
    expect(await detailsOf(plain.client)).not.toHaveProperty('details');
    expect(JSON.stringify(await plain.client.send(USERS))).not.toContain('what the test says');
    expect((await detailsOf(explainer.client))?.['details']).toEqual({
      missing: { rule: 'what the test says' },
    });
  });

  test('reads the same in a decision: whose rule it is, or which', async () => {
    const plain = await newDelegate(app, admin, ['users:list']);
    const explainer = await newDelegate(app, admin, ['users:list', 'access:explain']);
    refuseUsers();
    const refused = (rule: string) => ({ allowed: false, because: null, missing: { ...NOTHING, rule } });
    expect(await decided(plain.client, 'users')).toEqual(refused('a rule of the operator'));
    expect(await decided(explainer.client, 'users')).toEqual(refused('what the test says'));
    expect(await decided(plain.client, 'users:list')).toMatchObject({ allowed: true });
  });
});

describe('the product’s own refusals', () => {
  test('tell what is missing only to those who may ask for reasons', async () => {
    const explainer = await newDelegate(app, admin, ['access:explain']);
    const plain = await newPerson(app);
    const { secret } = await newApiKey(explainer.client, { scopes: ['access:explain'] });
    const key = app.client();
    key.accessToken = secret;
    for (const client of [explainer.client, key]) {
      expect((await client.send(USERS)).errors[0]?.extensions['details']).toEqual({
        missing: { permission: 'users:list' },
      });
    }
    for (const client of [plain.client, app.client()]) {
      expect(JSON.stringify(await client.send(USERS))).not.toMatch(/missing|users:list/);
    }
  });

  test('tell it over a subscription too, and no more once the permission is taken', async () => {
    const { client, id } = await newDelegate(app, admin, ['access:explain']);
    const { data } = await admin.send('query ($id: UUID!) { user(id: $id) { roles } }', { id });
    const watcher = await newDelegate(app, admin, ['sessions:watch', 'access:explain']);
    const watched = await admin.send('query ($id: UUID!) { user(id: $id) { roles } }', { id: watcher.id });
    const listener = await listen(app, watcher.client);
    await changed(admin, 'revokeRole', { userId: watcher.id, role: watched.data?.['user'].roles[0] });
    await (await newPerson(app)).client.send('mutation { logout { ok } }');
    const silent = await listener
      .next()
      .catch((error: unknown) => JSON.stringify(Reflect.get(Object(error), 'cause')));
    expect(silent).toContain('FORBIDDEN');
    expect(silent).not.toContain('missing');
    await listener.close();
    expect((await client.send(USERS)).errors[0]?.extensions['details']).toBeDefined();
    await changed(admin, 'revokeRole', { userId: id, role: data?.['user'].roles[0] });
    expect((await client.send(USERS)).errors[0]?.extensions).not.toHaveProperty('details');
  });
});

describe('nothing is done', () => {
  const broken = new Error('words that the rule was told');
  test.each<[string, (facts: AccessFacts) => unknown]>([
    ['throws', () => raise(broken)],
    ['throws what is no error', () => raise('words that the rule was told' as unknown as Error)],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
    ['answers 1', () => 1],
    ['answers a word', () => 'yes'],
    ['answers a promise', async () => await Promise.resolve(true)],
    ['answers a promise that fails', async () => await Promise.reject(broken)],
    ['changes what it is told', ({ principal }) => (principal.permissions as string[]).push('*') > 0],
  ])('by a rule that %s: ACCESS_RULE_UNAVAILABLE, and the log does not repeat it', async (_what, judge) => {
    const { client } = await newDelegate(app, admin, ['users:list', 'access:explain']);
    lines.length = 0;
    modules.answer((facts) => (facts.action.name.startsWith('users') ? judge(facts) : true));
    const answer = await client.send(USERS);
    expect([answer.code, answer.status]).toEqual(['ACCESS_RULE_UNAVAILABLE', 503]);
    expect(answer.errors[0]?.extensions).not.toHaveProperty('details');
    expect(await decided(client, 'users:list')).toBe('ACCESS_RULE_UNAVAILABLE');
    expect(lines.join('')).toContain('"rule":"the-test"');
    expect(lines.join('')).not.toContain('words that the rule was told');
  });
});

test('a rule is told who asks for what, from where and when, in plain facts without secrets', async () => {
  const { client, id } = await newDelegate(app, admin, ['users:modify', 'sessions:watch']);
  const target = await newPerson(app);
  const told: AccessFacts[] = [];
  modules.answer((facts) => told.push(facts) > 0);
  const before = Date.now();
  const input = { userId: target.id, displayName: 'Ada', metadata: { team: ['red'] } };
  const updated = await client.send(
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { id metadata } } }',
    { input },
  );
  expect(updated.code).toBe('FORBIDDEN');
  const [facts] = told;
  expect(facts).toEqual({
    action: { name: 'updateUser', permissions: ['users:modify'] },
    principal: {
      kind: 'user',
      id,
      roles: [expect.stringMatching(/^role-/)],
      permissions: ['users:modify', 'sessions:watch'],
      acr: 'aal1',
      amr: ['pwd'],
      authTime: expect.any(Number),
      emailVerified: false,
      owner: null,
    },
    resource: null,
    input: { input },
    network: { ip: '127.0.0.1', place: null },
    now: expect.any(Number),
  });
  expect(facts?.now).toBeGreaterThanOrEqual(before);
  for (const part of [facts, facts?.principal.roles, facts?.input?.['input'], facts?.network]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  told.length = 0;
  await client.send('{ viewer { user { metadata } } }');
  expect(told[1]).toMatchObject({
    action: { name: 'User.metadata', permissions: ['users:read'] },
    resource: { type: 'user', id, attributes: {} },
  });
});

test('it is told of machines, and of nobody', async () => {
  const { client, id } = await newDelegate(app, admin, ['users:list']);
  const { secret } = await newApiKey(client, { scopes: ['users:list'] });
  const { basic, clientId } = await newService(admin);
  const told: AccessFacts['principal'][] = [];
  modules.answer(({ principal }) => told.push(principal) > 0);
  await app.client().send(USERS, {}, { 'x-api-key': secret });
  await app.client().send('{ viewer { id } }', {}, { authorization: basic });
  await app.client().send('mutation { logout { ok } }');
  expect(told.map(({ kind, owner, permissions }) => [kind, owner, permissions])).toEqual([
    ['api_key', { kind: 'user', id }, ['users:list']],
    ['service_account', null, ['tokens:introspect', 'sessions:watch']],
    ['anonymous', null, []],
  ]);
  expect(told[1]?.id).toBe(clientId);
});

test('what holds a secret is not told: neither the arguments of such a field nor such an argument of another', async () => {
  const told: AccessFacts[] = [];
  modules.answer((facts) => told.push(facts) > 0);
  const { client, email } = await newPerson(app);
  await client.send(
    `mutation { enrolTotp(input: { name: "App", attemptToken: "a-waiting-sign-in" }) { __typename } }`,
  );
  await client.send(
    `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${PASSWORD}" }) { __typename } }`,
  );
  expect(told.map(({ action }) => action.name)).toEqual(
    expect.arrayContaining(['signUp', 'login', 'enrolTotp', 'changePassword']),
  );
  const text = JSON.stringify(told);
  for (const secret of [PASSWORD, 'a-waiting-sign-in', email]) expect(text).not.toContain(secret);
  const sensitive = told.filter(({ action }) => ['signUp', 'login', 'changePassword'].includes(action.name));
  expect(sensitive.map(({ input }) => input)).toEqual(sensitive.map(() => null));
});

test('no input of a field that is told of has a secret under a name that lets it through', () => {
  const suspicious = /password|secret|token|code|credential|assertion/i;
  const schema = schemaOfAllFeatures();
  const names = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ extensions }) => extensions['sensitive'] !== true)
    .flatMap(({ args }) => args)
    .flatMap(({ type }) => {
      const input = schema.getType(String(type).replaceAll(/[[\]!]/g, ''));
      return input && 'getFields' in input ? Object.keys(input.getFields()) : [];
    });
  expect(names.length).toBeGreaterThan(20);
  const harmless = /(Ids?|Seconds)$/;
  const kept = names.filter((name) => suspicious.test(name) && !harmless.test(name));
  // Each of them ends in the word that keeps it back.
  expect(
    kept.filter((name) => !/(password|secret|token|code|codes|credential|assertion)$/i.test(name)),
  ).toEqual([]);
});

test('an answer about an action depends on what the rule says it is about, from the start on', async () => {
  const rule = `{ name: 'refunds', description: 'd', applies: ({ permissions }) => permissions.includes('users:list'),
    judge: () => false }`;
  const rulesModule = await modules.write(`export default [${rule}];`);
  const other = await startTestApp({ config: { access: { permissionsFile: null, rulesModule } } });
  try {
    const client = await other.adminClient();
    expect((await client.send(USERS)).code).toBe('FORBIDDEN');
    expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
    expect(await decided(client, 'users:list')).toMatchObject({ missing: { rule: 'd' } });
  } finally {
    await other.close();
  }
});

function raise(error: Error): never {
  throw error;
}
