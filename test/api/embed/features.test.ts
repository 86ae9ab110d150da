import { afterEach, expect, test, vi } from 'vitest';
import { allFeatures, selectFeatures } from '../../../src/app/features.js';
import { Scheduler } from '../../../src/platform/scheduler.js';
import { startTestApp, type TestApp } from '../../support/app.js';

let app: TestApp;
afterEach(async () => {
  await app.close();
  vi.restoreAllMocks();
});

interface Mounted {
  /** `Query.viewer`, `User.email` … of every type that is not GraphQL's own. */
  readonly fields: string[];
  readonly jobs: string[];
}

async function mount(names?: readonly string[]): Promise<Mounted> {
  const start = vi.spyOn(Scheduler.prototype, 'start');
  app = await startTestApp(names ? { features: selectFeatures(names) } : {});
  const jobs = start.mock.calls.flatMap(([each]) => each.map(({ name }) => name));
  const answer = await app
    .client()
    .send('{ __schema { types { name fields { name } inputFields { name } } } }');
  const types = ((answer.data ?? {})['__schema']?.types ?? []) as {
    name: string;
    fields: { name: string }[] | null;
    inputFields: { name: string }[] | null;
  }[];
  const fields = types
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(({ name, fields: output, inputFields }) =>
      [...(output ?? []), ...(inputFields ?? [])].map((field) => `${name}.${field.name}`),
    );
  return { fields, jobs };
}

const statusOf = async (path: string, method = 'GET') => (await app.client().fetch(path, { method })).status;
const rootsOf = ({ fields }: Mounted) =>
  fields.filter((name) => /^(?:Query|Mutation|Subscription)\./.test(name)).toSorted();
const typesOf = ({ fields }: Mounted) =>
  [...new Set(fields.map((name) => name.split('.', 1).join()))].toSorted();

const USERS_AND_BELOW = ['challenges', 'lockout', 'signing-keys', 'tokens', 'users', 'access'];

test('all features are mounted unless somebody chooses', async () => {
  const { jobs, fields } = await mount();
  expect(jobs.toSorted()).toEqual(
    [
      'deliver-mail',
      'housekeeping',
      ...allFeatures.flatMap((feature) => feature.jobs.map(({ name }) => name)),
    ].toSorted(),
  );
  expect(fields).toEqual(expect.arrayContaining(['Mutation.login', 'Query.viewer', 'User.sessions']));
  expect([await statusOf('/auth/validate'), await statusOf('/.well-known/jwks.json')]).toEqual([401, 200]);
});

test('the audit trail alone adds its own two queries and its own job, and nothing else', async () => {
  const mounted = await mount(['audit']);
  expect(rootsOf(mounted)).toEqual(['Query.auditEvents', 'Query.verifyAuditChain']);
  expect(typesOf(mounted)).toEqual([
    'AuditChainPointInput',
    'AuditChainVerdict',
    'AuditEvent',
    'AuditEventConnection',
    'AuditEventEdge',
    'AuditEventFilter',
    'PageInfo',
    'Query',
  ]);
  expect(mounted.jobs.toSorted()).toEqual(['deliver-mail', 'housekeeping', 'verify-audit']);
});

test('without sessions a user has none in the schema: what hangs on a lower feature goes with its own', async () => {
  const mounted = await mount(USERS_AND_BELOW);
  const roots = rootsOf(mounted);
  for (const own of ['Query.users', 'Mutation.createUser', 'Mutation.updateProfile', 'Mutation.assignRole']) {
    expect(roots).toContain(own);
  }
  expect(roots.filter((name) => /session|login|logout|password|viewer|audit|erase/i.test(name))).toEqual([]);
  const userFields = mounted.fields.filter((name) => name.startsWith('User.'));
  expect(userFields).toContain('User.email');
  expect(userFields).not.toContain('User.sessions');
  expect(
    typesOf(mounted).filter((name) => /Session|Login|Viewer|Password|Erasure|ServiceAccount/.test(name)),
  ).toEqual([]);
});

test('the routes and jobs of what is not mounted are not there', async () => {
  const { jobs } = await mount(USERS_AND_BELOW);
  expect(await statusOf('/.well-known/jwks.json')).toBe(200);
  expect([
    await statusOf('/auth/validate'),
    await statusOf('/auth/introspect', 'POST'),
    await statusOf('/.well-known/oauth-authorization-server'),
  ]).toEqual([404, 404, 404]);
  expect(jobs.toSorted()).toEqual([
    'deliver-mail',
    'housekeeping',
    'purge-challenges',
    'purge-failure-counters',
    'remove-expired-roles',
    'rotate-signing-keys',
  ]);
});

test('a feature without a schema of its own mounts no GraphQL at all', async () => {
  const { fields, jobs } = await mount(['challenges', 'lockout']);
  expect(fields).toEqual([]);
  expect(await statusOf('/graphql', 'POST')).toBe(404);
  expect(jobs).toContain('purge-challenges');
});

test('an admin holds the permissions of what is mounted only', async () => {
  await mount(['audit']);
  expect([...app.services.registry].toSorted()).toEqual(['audit:read', 'audit:verify']);
});

test('a name that is no feature is refused with the names that are', () => {
  expect(() => selectFeatures(['audit', 'passkeys'])).toThrow(
    `There is no feature "passkeys"; there are ${allFeatures.map(({ name }) => name).join(', ')}.`,
  );
});

test.each(
  allFeatures.filter(({ needs }) => needs.length > 0).map(({ name, needs }) => [name, needs] as const),
)('%s without what it needs is refused with the names of what is missing', (name, needs) => {
  expect(() => selectFeatures([name])).toThrow(`The feature "${name}" needs ${needs.join(', ')} as well.`);
});

test('features are mounted floor by floor, in whatever order and how often they are named', () => {
  const named = ['tokens', 'audit', 'signing-keys', 'tokens'];
  expect(selectFeatures(named).map(({ name }) => name)).toEqual(['audit', 'signing-keys', 'tokens']);
});
