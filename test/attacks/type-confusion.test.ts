import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { RawSocket } from '../support/raw-socket.js';
import { type FuzzedField, fuzzedFields, hostileValues, withValueAt } from '../support/schema-fuzz.js';

const TEN_MEGABYTES = 10_000_000;
const fields = fuzzedFields(schemaOfAllFeatures());
const withPlaces = fields.filter(({ places }) => places.length > 0);
const overHttp = withPlaces.filter(({ kind }) => kind !== 'subscription');

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({
    config: {
      // Budgets of their own would answer before the input is looked at.
      rateLimits: { loginsPerMinute: 1_000_000, signUpsPerHour: 1_000_000 },
      lockout: { threshold: 100 },
      server: { bodyLimitBytes: 10_485_760 },
    },
  });
  admin = await app.adminClient();
});
afterAll(() => app.close());

test('every argument and every input field of the schema has its place among those tried', () => {
  const places = withPlaces.flatMap(({ name, places: each }) =>
    each.map((path) => `${name} ${path.join('.')}`),
  );
  expect(fields.length).toBeGreaterThan(15);
  expect(places).toContain('Mutation.login input.password');
  expect(places).toContain('Mutation.createServiceAccount input.audiences.0');
  expect(places).toContain('Query.auditEvents filter.since');
  expect(places).toContain('Subscription.sessionRevoked after');
});

test.each(overHttp)('no value in any place of $name leads to an error of ours', async (field) => {
  for (const place of field.places) {
    for (const value of hostileValues) await holds(field, withValueAt(field.variables, place, value), value);
  }
});

test.each(overHttp)('text of a megabyte in any place of $name leads to none either', async (field) => {
  const text = 'x'.repeat(1_000_000);
  for (const place of field.places) await holds(field, withValueAt(field.variables, place, text), place);
});

test('texts of ten megabytes to sign up and in with lead to none either', async () => {
  const text = 'x'.repeat(TEN_MEGABYTES);
  for (const field of overHttp.filter(({ name }) => /signUp|login/.test(name))) {
    for (const place of [
      ['input', 'email'],
      ['input', 'password'],
    ]) {
      await holds(field, withValueAt(field.variables, place, text), place);
    }
  }
});

describe('text that is none', () => {
  const create =
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }';

  test.each(['a\u0000b', '\u001b[31m', '\u007f', '\ud800', 'x\udfff'])(
    'is refused with 422, as a variable: %j',
    async (name) => {
      const answer = await admin.send(create, { input: { name } });
      expect(answer.status).toBe(422);
      expect(answer.code).toBe('INVALID_INPUT');
    },
  );

  test('is refused with 422 as a literal, in a list, and over the websocket', async () => {
    const literal = 'mutation { createServiceAccount(input: { name: "a\\u0000b" }) { clientId } }';
    expect((await admin.send(literal)).code).toBe('INVALID_INPUT');
    const list = { input: { name: 'list', audiences: ['\u0000'] } };
    expect((await admin.send(create, list)).code).toBe('INVALID_INPUT');
    const authorization = `Bearer ${admin.accessToken}`;
    const raw = await RawSocket.open(app.url, { params: { authorization } });
    expect((await raw.operate(create, { variables: list })).code).toBe('INVALID_INPUT');
    const watch = 'subscription ($after: String) { sessionRevoked(after: $after) { cursor } }';
    expect((await raw.operate(watch, { variables: { after: '\u0000' } })).code).toBe('INVALID_INPUT');
    raw.close();
  });

  test('is not what people write: tabs, line breaks, emoji and every script are taken', async () => {
    const description = 'Ærøskøbing\tשלום\r\n\n你好 👩‍👩‍👧‍👦 e\u0301';
    const input = { name: 'Ærøskøbing שלום 你好 👩‍👩‍👧‍👦', description };
    expect((await admin.send(create, { input })).errors).toEqual([]);
  });
});

test('what does not belong into an input is refused, not taken over', async () => {
  const input = { email: 'more@example.com', password: 'a password of more than twelve' };
  for (const extra of [
    'id',
    'role',
    'roles',
    'emailVerified',
    'status',
    'createdAt',
    'tenantId',
    'constructor',
  ]) {
    const answer = await app
      .client()
      .send('mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }', {
        input: { ...input, [extra]: 'x' },
      });
    expect(answer.code, extra).toBe('BAD_USER_INPUT');
  }
  expect(await app.services.users.findByEmail('more@example.com')).toBeNull();
});

test('a prototype among the variables is refused over HTTP, and changes nothing over the websocket', async () => {
  const operation = `{"query":"{ __typename }","variables":{"__proto__":{"polluted":true}}}`;
  const headers = { 'content-type': 'application/json' };
  const response = await app.client().fetch('/graphql', { method: 'POST', headers, body: operation });
  expect(response.status).toBe(400);
  const raw = await RawSocket.open(app.url);
  raw.send(`{"type":"subscribe","id":"p","payload":${operation}}`);
  expect((await raw.next(({ id }) => id === 'p')).type).toBe('next');
  raw.close();
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('over the websocket no value in any place leads to an error of ours', async () => {
  const authorization = `Bearer ${(await app.adminClient()).accessToken}`;
  const raw = await RawSocket.open(app.url, { params: { authorization } });
  const subscriptions = withPlaces.filter(({ kind }) => kind === 'subscription');
  expect(subscriptions.length).toBeGreaterThan(0);
  for (const field of subscriptions) {
    for (const place of field.places) {
      for (const [n, value] of hostileValues.entries()) {
        const id = `${field.name}.${place.join('.')}.${n}`;
        const variables = withValueAt(field.variables, place, value);
        raw.send({ type: 'subscribe', id, payload: { query: field.query, variables } });
        raw.send({ type: 'complete', id });
      }
    }
  }
  for (const field of overHttp) {
    const variables = withValueAt(field.variables, field.places[0] ?? [], '\u0000');
    expect((await raw.operate(field.query, { variables })).code).not.toBe('INTERNAL');
  }
  expect(raw.received.filter((message) => JSON.stringify(message).includes('"INTERNAL"'))).toEqual([]);
  raw.close();
});

/** The answer is no failure of ours, whatever it is. */
async function holds(field: FuzzedField, variables: object, shown: unknown): Promise<void> {
  const answer = await admin.send(field.query, variables);
  const about = `${field.name} with ${JSON.stringify(shown).slice(0, 80)}: ${answer.errors[0]?.message}`;
  expect(answer.status, about).toBeLessThan(500);
  for (const { extensions } of answer.errors) expect(extensions['code'], about).not.toBe('INTERNAL');
  // Some values end the session they are sent through, as they should.
  if (answer.status === 401) admin = await app.adminClient();
}
