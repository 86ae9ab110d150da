import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { RawSocket } from '../support/raw-socket.js';

/** Ways to ask about the schema. */
const questions: readonly string[] = [
  '{ __schema { queryType { name } } }',
  '{ __type(name: "User") { name } }',
  '{ a: __schema { types { name } } }',
  'query { ... { __schema { queryType { name } } } }',
  'query { ... on Query { __type(name: "User") { fields { name } } } }',
  'query { ...F } fragment F on Query { __schema { queryType { name } } }',
  'query { ...F } fragment F on Query { ...G } fragment G on Query { __type(name: "User") { name } }',
  'query { ... @include(if: true) { __schema { queryType { name } } } }',
  'query ($n: String!) { __type(name: $n) { name } }',
];

/** Mistakes that graphql-js would mend for whoever makes them. */
const mistakes: readonly string[] = [
  '{ veiwer { id } }',
  '{ viewer { emial } }',
  'mutation { lgoin { __typename } }',
  'mutation { login(inptu: { email: "a", password: "b" }) { __typename } }',
  'mutation { login(input: { emial: "a", password: "b" }) { __typename } }',
  '{ viewer { ... on Uesr { id } } }',
  'query ($f: AuditEventFitler) { __typename }',
  'subscription { sesionRevoked { cursor } }',
];

const variables = { n: 'User' };
let production: TestApp;
let development: TestApp;
beforeAll(async () => {
  production = await startTestApp({ config: { environment: 'production' } });
  development = await startTestApp({ config: { environment: 'development' } });
});
afterAll(async () => {
  await production.close();
  await development.close();
});

describe('in production', () => {
  test.each(questions)('nobody without schema:read is told about the schema: %s', async (query) => {
    const { client } = await newPerson(production);
    const { basic } = await newService(await production.adminClient());
    const answers = [
      await production.client().send(query, variables),
      await client.send(query, variables),
      await production.client().send(query, variables, { authorization: basic }),
    ];
    for (const { status, code, data } of answers) {
      expect(status).toBe(403);
      expect(code).toBe('INTROSPECTION_DISABLED');
      expect(data ?? null).toBeNull();
    }
    const raw = await RawSocket.open(production.url);
    expect((await raw.operate(query, { variables })).code).toBe('INTROSPECTION_DISABLED');
    raw.close();
  });

  test.each(questions)('who holds schema:read is told: %s', async (query) => {
    const admin = await production.adminClient();
    expect((await admin.send(query, variables)).errors).toEqual([]);
    const raw = await RawSocket.open(production.url, {
      params: { authorization: `Bearer ${admin.accessToken}` },
    });
    expect((await raw.operate(query, { variables })).errors).toEqual([]);
    raw.close();
  });

  test.each(mistakes)('a mistake is named, and not mended: %s', async (query) => {
    const raw = await RawSocket.open(production.url);
    const answers = [await production.client().send(query), await raw.operate(query)];
    for (const { errors } of answers) {
      expect(errors.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
    }
    raw.close();
  });

  test('__typename, which clients need, is answered to all', async () => {
    expect((await production.client().send('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  test('an error holds no stack and no text of ours', async () => {
    const em = production.services.em.fork();
    await em.execute('alter table passwords rename to passwords_gone');
    const answer = await production.client().login({ email: 'a@example.com', password: 'b' });
    await em.execute('alter table passwords_gone rename to passwords');
    const signUp = await production.client().send('{ viewer { id } }');
    expect(JSON.stringify([answer.errors, signUp.errors])).not.toMatch(
      /stack|passwords|node_modules|\.ts:|select /,
    );
  });
});

describe('in development', () => {
  test.each(questions)('the schema is shown to anybody: %s', async (query) => {
    expect((await development.client().send(query, variables)).errors).toEqual([]);
  });

  test('a mistake is mended, over HTTP and over the websocket', async () => {
    const raw = await RawSocket.open(development.url);
    for (const { errors } of [
      await development.client().send('{ veiwer { id } }'),
      await raw.operate('{ veiwer { id } }'),
    ]) {
      expect(errors[0]?.message).toContain('Did you mean "viewer"');
    }
    raw.close();
  });
});
