import { GraphQLInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { newPerson, PASSWORD, type Person, sql } from '../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { type FuzzedField, fuzzedFields, withValueAt } from '../support/schema-fuzz.js';

const schema = schemaOfAllFeatures();
const fields = fuzzedFields(schema).filter(({ kind }) => kind !== 'subscription');
const withPlaces = fields.filter(({ places }) => places.length > 0);

/** What somebody would slip into an input to become more than they are, or somebody else. */
const SMUGGLED: Readonly<Record<string, unknown>> = {
  id: '01a202c3-07a9-7021-85c4-2b595e456aff',
  userId: '01a202c3-07a9-7021-85c4-2b595e456aff',
  role: 'system_admin',
  roles: ['system_admin'],
  permissions: ['*'],
  status: 'ACTIVE',
  emailVerified: true,
  emailVerifiedAt: '2026-01-01T00:00:00.000Z',
  mfaEnabled: false,
  factors: [],
  acr: 'aal2',
  amr: ['pwd', 'otp'],
  passwordHash: '$2b$10$x',
  isAdmin: true,
  createdAt: '2020-01-01T00:00:00.000Z',
  deletedAt: null,
  tenantId: 'other',
};

let app: TestApp;
let attacker: Person;
let victim: Person;
beforeAll(async () => {
  app = await startTestApp({
    config: {
      rateLimits: { loginsPerMinute: 1e6, signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 },
      lockout: { threshold: 100 },
    },
  });
  attacker = await newPerson(app);
  victim = await newPerson(app);
});
afterAll(() => app.close());

test('there are inputs to try, those that change an account among them', () => {
  const names = withPlaces.map(({ name }) => name);
  for (const name of [
    'signUp',
    'updateProfile',
    'changeEmail',
    'changePassword',
    'verifyEmail',
    'updateUser',
  ]) {
    expect(names).toContain(`Mutation.${name}`);
  }
});

describe('what a user puts into', () => {
  test.each(withPlaces)(
    '$name changes nobody else, and neither their role, status nor proof',
    async (field) => {
      await signInAgain();
      const before = await protectedFacts();
      for (const place of field.places) {
        for (const value of ambitions()) {
          await attacker.client.send(field.query, withValueAt(filled(field), place, value));
        }
      }
      expect(await protectedFacts()).toEqual(before);
    },
  );
});

const inputs = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLInputObjectType => type instanceof GraphQLInputObjectType,
);

test.each(inputs.map((type) => [type.name, type] as const))(
  '%s takes no field that it does not declare, whatever it is called',
  async (name, type) => {
    const field = withPlaces.find(
      ({ query }) => query.includes(`: ${name}!`) || query.includes(`: ${name})`),
    );
    if (!field) return;
    const declared = type.getFields();
    const before = await protectedFacts();
    for (const [smuggled, value] of Object.entries(SMUGGLED)) {
      if (declared[smuggled]) continue;
      const variables = withValueAt(field.variables, ['input', smuggled], value);
      const answer = await attacker.client.send(field.query, variables);
      expect(answer.errors, `${name}.${smuggled}`).not.toEqual([]);
      expect(answer.data ?? null, `${name}.${smuggled}`).toBeNull();
    }
    expect(await protectedFacts()).toEqual(before);
  },
);

/** A field that ended the attacker's own session must not make the next one easy. */
async function signInAgain(): Promise<void> {
  const viewer = await attacker.client.send('{ viewer { id } }');
  if (viewer.data?.['viewer']?.id === attacker.id) return;
  attacker = { ...attacker, client: app.client() };
  const { errors } = await attacker.client.login({ email: attacker.email, password: PASSWORD });
  if (errors.length > 0) attacker = await newPerson(app);
}

/** The variables, with the attacker's own right password wherever a current one is asked for. */
function filled({ variables }: FuzzedField): Record<string, unknown> {
  const input = variables['input'];
  if (typeof input !== 'object' || input === null || !('currentPassword' in input)) return { ...variables };
  return { ...variables, input: { ...input, currentPassword: PASSWORD } };
}

function ambitions(): readonly unknown[] {
  const me = attacker.client;
  return [
    victim.id,
    attacker.id,
    victim.email,
    ADMIN.email,
    'system_admin',
    ['system_admin'],
    true,
    false,
    null,
    'ACTIVE',
    'DELETED',
    { id: victim.id, role: 'system_admin', emailVerified: true },
    { roles: ['system_admin'], status: 'active', __proto__: { admin: true } },
    me.accessToken,
    me.refreshToken,
  ];
}

/** Everything that nobody may change by themselves: all of the victim and the admin, and their own standing. */
async function protectedFacts(): Promise<unknown> {
  const others = await sql(
    app,
    'select * from users where id <> ? and id in (select user_id from passwords) order by id',
    [attacker.id],
  );
  const known = others.filter(({ email }) => [victim.email, ADMIN.email].includes(String(email)));
  return {
    others: known,
    passwords: await sql(
      app,
      'select p.* from passwords p join users u on u.id = p.user_id where u.email in (?, ?) order by user_id',
      [victim.email, ADMIN.email],
    ),
    sessions: await sql(app, 'select id, revoked_at, acr, amr from sessions where user_id = ? order by id', [
      victim.id,
    ]),
    roles: await sql(app, 'select holder_id, role_id from role_assignments order by holder_id, role_id'),
    own: await sql(
      app,
      'select id, status, email_verified_at, created_at, deleted_at from users where id = ?',
      [attacker.id],
    ),
    raised: await sql(app, "select id, acr, amr from sessions where acr <> 'aal1'"),
  };
}
