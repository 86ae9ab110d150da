import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Person, type Service } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { introspect, introspectJson } from '../../support/introspection.js';
import { disableServiceAccount, machineToken } from '../../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let service: Service;
let person: Person;
let key: string;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  service = await newService(admin);
  person = await newPerson(app);
  key = await keyOf(service);
});
afterAll(async () => await app.close());

const token = () => person.client.accessToken ?? '';
const keyOf = async ({ clientId }: Service, scopes = ['tokens:introspect']) =>
  (await newApiKey(admin, { serviceAccountId: clientId, scopes })).secret;
const posted = ({ clientId, clientSecret } = service) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

/** Each way, as the form and the headers that it takes. */
const ways: [string, () => Promise<[Record<string, string>, Record<string, string>]>][] = [
  ['client_secret_basic', async () => [{}, { authorization: service.basic }]],
  ['client_secret_post', async () => [posted(), {}]],
  [
    'its own access token',
    async () => [{}, { authorization: `Bearer ${await machineToken(app.url, service)}` }],
  ],
  ['a key of its own in X-API-Key', async () => [{}, { 'x-api-key': key }]],
  ['a key of its own as a Bearer token', async () => [{}, { authorization: `bearer ${key}` }]],
];

test.each(ways)('a service account that comes with %s is answered', async (_, way) => {
  const [form, headers] = await way();
  const { status, json } = await introspect(app, { token: token(), ...form }, headers);
  expect([status, json['sub']]).toEqual([200, person.id]);
});

const pairs = ways.flatMap(([one], index) =>
  ways.slice(index + 1).map(([other]): [string, string] => [one, other]),
);

test.each(pairs)('with %s and %s at once it is refused: which should count?', async (one, other) => {
  const both = ways.filter(([name]) => name === one || name === other);
  const [[form, headers], [moreForm, moreHeaders]] = (await Promise.all(both.map(([, way]) => way()))) as [
    [object, object],
    [object, object],
  ];
  // Two that come in the same header are one credential, of which neither is the other's.
  const same = Object.keys(headers).some((name) => name in moreHeaders);
  const { status, json } = await introspect(
    app,
    { token: token(), ...form, ...moreForm },
    { ...headers, ...moreHeaders },
  );
  if (same) expect(status).toBe(200);
  else expect([status, json['error'], json['active']]).toEqual([400, 'invalid_request', undefined]);
});

test('a refused credential is not made up for by a good one beside it', async () => {
  const good = { authorization: service.basic };
  const bad = { 'x-api-key': `${key}0` };
  expect((await introspect(app, { token: token() }, { ...good, ...bad })).status).toBe(400);
  expect((await introspect(app, { token: token(), client_secret: 'x' }, good)).status).toBe(400);
});

test.each<[string, () => Promise<Record<string, string>>, string]>([
  ['a person’s access token', async () => ({ authorization: `Bearer ${admin.accessToken}` }), 'Bearer'],
  ['a token that is none', async () => ({ authorization: 'Bearer of-nobody' }), 'Bearer'],
  ['a Bearer header without a token', async () => ({ authorization: 'Bearer' }), 'Bearer'],
  [
    'a person’s key',
    async () => ({
      authorization: `Bearer ${(await newApiKey(admin, { scopes: ['tokens:introspect'] })).secret}`,
    }),
    'Bearer',
  ],
  ['a wrong key', async () => ({ 'x-api-key': `${key.slice(0, -1)}x` }), 'Basic'],
  [
    'a person’s key in X-API-Key',
    async () => ({ 'x-api-key': (await newApiKey(admin, { scopes: ['tokens:introspect'] })).secret }),
    'Basic',
  ],
])('%s is 401 in the words of its scheme, without a word on the token', async (_, headers, scheme) => {
  const answer = await introspect(app, { token: token() }, await headers());
  const error = scheme === 'Bearer' ? 'invalid_token' : 'invalid_client';
  expect([answer.status, answer.json['error']]).toEqual([401, error]);
  expect(answer.headers.get('www-authenticate')).toMatch(new RegExp(`^${scheme} realm="latchkey"`));
  expect(answer.json['active']).toBeUndefined();
});

test('a token or key without the permission is 403 and says which is needed', async () => {
  const narrow = await machineToken(app.url, service, { scope: 'sessions:watch' });
  const ways403: Record<string, string>[] = [
    { authorization: `Bearer ${narrow}` },
    { 'x-api-key': await keyOf(service, []) },
    { authorization: (await newService(admin, { roles: [] })).basic },
  ];
  for (const headers of ways403) {
    const answer = await introspect(app, { token: token() }, headers);
    expect([answer.status, answer.json['error'], answer.json['active']]).toEqual([
      403,
      'insufficient_scope',
      undefined,
    ]);
    expect(answer.headers.get('www-authenticate')).toContain('scope="tokens:introspect"');
  }
});

test('an asker is refused at its next question once the role is taken, or the account disabled', async () => {
  const role = await newRole(app, ['tokens:introspect']);
  const gone = await newService(admin, { roles: [role] });
  const asking: Record<string, string>[] = [
    { authorization: gone.basic },
    { authorization: `Bearer ${await machineToken(app.url, gone)}` },
    { 'x-api-key': await keyOf(gone) },
  ];
  const statuses = async () =>
    await Promise.all(asking.map(async (way) => (await introspect(app, { token: token() }, way)).status));
  expect(await statuses()).toEqual([200, 200, 200]);
  const holder = { serviceAccountId: gone.clientId, role };
  for (const [mutation, expected] of [
    ['revokeRole', 403],
    ['assignRole', 200],
  ] as const) {
    const input = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const answer = await admin.send(
      `mutation ($input: ${input}!) { ${mutation}(input: $input) { __typename } }`,
      { input: holder },
    );
    expect(answer.errors).toEqual([]);
    expect(await statuses()).toEqual([expected, expected, expected]);
  }
  await disableServiceAccount(admin, gone.clientId);
  expect(await statuses()).toEqual([401, 401, 401]);
});

test('the short form takes the same headers, and no secret in its body', async () => {
  const body = { api_key: key };
  for (const [name, way] of ways) {
    const [form, headers] = await way();
    const { status, json } = await introspectJson(app, { ...body, ...form }, headers);
    if (name === 'client_secret_post') expect([status, json['code']]).toEqual([401, 'CREDENTIAL_INVALID']);
    else expect([name, status, json['valid']]).toEqual([name, 200, true]);
  }
  const both = { authorization: service.basic, 'x-api-key': key };
  expect((await introspectJson(app, body, both)).json).toMatchObject({
    code: 'REQUEST_INVALID',
    status: 400,
  });
});
