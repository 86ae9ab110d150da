import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newPerson, newService } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';

const VIEWER = `{ viewer { kind id ownerId email roles permissions assurance { acr amr authTime }
  user { id email } } }`;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

test('a user sees who they are and how they signed in', async () => {
  const { client, id, email } = await newPerson(app);
  const { data } = await client.send(VIEWER);
  expect(data?.['viewer']).toEqual({
    kind: 'user',
    id,
    ownerId: null,
    email,
    roles: [],
    permissions: [],
    assurance: {
      acr: 'aal1',
      amr: ['pwd'],
      authTime: new Date(Math.floor(clock.now().getTime() / 1000) * 1000).toISOString(),
    },
    user: { id, email },
  });
});

test('the system admin holds every permission there is, by name', async () => {
  const { data } = await (await app.adminClient()).send(VIEWER);
  const declared = [...app.services.registry].toSorted();
  expect(declared.length).toBeGreaterThan(10);
  expect(data?.['viewer']).toMatchObject({
    email: ADMIN.email,
    roles: ['system_admin'],
    permissions: declared,
  });
});

test('a service account sees itself by its client id and secret', async () => {
  const { basic, clientId } = await newService(await app.adminClient());
  const { data } = await app.client().send(VIEWER, {}, { authorization: basic });
  expect(data?.['viewer']).toEqual({
    kind: 'service_account',
    id: clientId,
    ownerId: null,
    email: null,
    roles: ['resource_server'],
    permissions: ['sessions:watch', 'tokens:introspect'],
    assurance: null,
    user: null,
  });
});

test('who shows no credential is told to sign in', async () => {
  const answer = await app.client().send(VIEWER);
  expect([answer.status, answer.code, answer.data]).toEqual([401, 'UNAUTHENTICATED', null]);
});

test('an expired token is told apart: the client should refresh', async () => {
  const { client } = await newPerson(app);
  clock.advance(899);
  expect((await client.send(VIEWER)).errors).toEqual([]);
  clock.advance(1);
  const answer = await client.send(VIEWER);
  expect([answer.status, answer.code]).toEqual([401, 'TOKEN_EXPIRED']);
});

test('a good token of a session that has ended is told apart: the user should sign in again', async () => {
  const { client } = await newPerson(app);
  await client.send('mutation { logout { ok } }');
  const answer = await client.send(VIEWER);
  expect([answer.status, answer.code]).toEqual([401, 'SESSION_EXPIRED']);
});

test('the time of a token set back does not bring it to life before it was issued', async () => {
  const { client } = await newPerson(app);
  clock.advance(-61);
  expect((await client.send(VIEWER)).code).toBe('TOKEN_INVALID');
  clock.advance(61);
});

const [header, body, signature] = ['header', 'body', 'signature'] as const;
type Part = typeof header | typeof body | typeof signature;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each<[string, (parts: Record<Part, string>) => string]>([
  ['nothing', () => ''],
  ['no JWT', () => 'lkr_something'],
  ['cut off', ({ header: h, body: b }) => `${h}.${b}`],
  ['without a signature', ({ header: h, body: b }) => `${h}.${b}.`],
  ['signed by nobody (alg none)', ({ body: b }) => `${encode({ alg: 'none', typ: 'at+jwt' })}.${b}.`],
  [
    'under another signature',
    ({ header: h, body: b, signature: s }) => `${h}.${b}.${s.split('').toReversed().join('')}`,
  ],
  [
    'changed after it was signed',
    ({ header: h, body: b, signature: s }) => {
      const claims = JSON.parse(Buffer.from(b, 'base64url').toString()) as object;
      return `${h}.${encode({ ...claims, sub: '01890000-0000-7000-8000-000000000000' })}.${s}`;
    },
  ],
  [
    'for the algorithm of another key type',
    ({ header: h, body: b, signature: s }) => {
      const head = JSON.parse(Buffer.from(h, 'base64url').toString()) as object;
      return `${encode({ ...head, alg: 'HS256' })}.${b}.${s}`;
    },
  ],
  ['longer than any of ours', ({ header: h, body: b, signature: s }) => `${h}.${b}.${s}${'A'.repeat(8_192)}`],
])('a token that is %s is refused as invalid', async (_, forge) => {
  const { client } = await newPerson(app);
  const [h = '', b = '', s = ''] = (client.accessToken ?? '').split('.');
  const answer = await app
    .client()
    .send(VIEWER, {}, { authorization: `Bearer ${forge({ header: h, body: b, signature: s })}` });
  expect([answer.status, answer.code]).toEqual([401, 'TOKEN_INVALID']);
});

test.each([
  ['a scheme of which we know nothing', { authorization: 'Digest username="admin"' }, 'CREDENTIAL_INVALID'],
  ['a bare token', { authorization: 'abc' }, 'CREDENTIAL_INVALID'],
  ['an API key that is none', { 'x-api-key': 'lk_something' }, 'API_KEY_INVALID'],
  ['Basic without a secret', { authorization: 'Basic bm8tY29sb24=' }, 'CLIENT_INVALID'],
  [
    'Basic with a password of a person',
    { authorization: `Basic ${btoa(`${ADMIN.email}:${ADMIN.password}`)}` },
    'CLIENT_INVALID',
  ],
])('%s is refused by its own code', async (_, headers, code) => {
  const answer = await app.client().send(VIEWER, {}, headers);
  expect([answer.status, answer.code]).toEqual([401, code]);
});

test('a refused credential does not fall back to another one of the same request', async () => {
  const { client } = await newPerson(app);
  const headers = { authorization: 'Bearer not.a.token', 'x-api-key': 'lk_something' };
  expect((await client.send(VIEWER, {}, headers)).code).toBe('TOKEN_INVALID');
});

test('a refused credential does not stand in the way of signing in anew', async () => {
  const client = app.client();
  client.accessToken = 'not.a.token';
  expect((await client.login(ADMIN)).errors).toEqual([]);
  expect(claimsOf(client.accessToken)['sub']).toBe(client.userId);
});
