import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const register = async (client: Client, input: object, headers = {}) =>
  await client.send(
    `mutation ($input: RegisterAudienceInput!) {
      registerAudience(input: $input) { audience { id identifier description createdAt } } }`,
    { input },
    headers,
  );
const list = async (client: Client) => await client.send('{ audiences { identifier description } }');

test('a registered audience is listed by name, and tokens may be asked for it', async () => {
  const answer = await register(admin, {
    identifier: 'https://stock.example.com/',
    description: 'The stock',
  });
  expect(answer.data?.['registerAudience'].audience).toMatchObject({
    identifier: 'https://stock.example.com/',
    description: 'The stock',
  });
  await register(admin, { identifier: 'billing' });
  expect((await list(admin)).data?.['audiences']).toEqual([
    { identifier: 'billing', description: '' },
    { identifier: 'https://stock.example.com/', description: 'The stock' },
  ]);
  const { email } = await newPerson(app);
  expect((await app.client().login({ email, password: PASSWORD, audience: 'billing' })).errors).toEqual([]);
});

test('an audience is registered once, and this API’s own is taken from the start', async () => {
  await register(admin, { identifier: 'orders' });
  for (const identifier of ['orders', 'http://localhost:3000']) {
    const answer = await register(admin, { identifier });
    expect([answer.status, answer.code]).toEqual([409, 'AUDIENCE_TAKEN']);
  }
});

test.each(['', 'with space', 'tab\t', 'ümlaut', 'x'.repeat(201), '<a>\n'])(
  'the identifier "%s" is refused',
  async (identifier) => {
    const answer = await register(admin, { identifier });
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  },
);

test('a registration is audited', async () => {
  const { data } = await register(admin, { identifier: 'audited-api' });
  const trail = await admin.send(
    'query ($id: String) { auditEvents(filter: { subjectId: $id }) { edges { node { name actorId payload } } } }',
    { id: data?.['registerAudience'].audience.id },
  );
  expect(trail.data?.['auditEvents'].edges).toEqual([
    { node: { name: 'audience.registered', actorId: admin.userId, payload: { identifier: 'audited-api' } } },
  ]);
});

test('audiences are seen and registered by permission only', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await register(client, { identifier: 'mine' })).code).toBe('FORBIDDEN');
  expect((await register(app.client(), { identifier: 'mine' }, { authorization: basic })).code).toBe(
    'FORBIDDEN',
  );
  expect((await register(app.client(), { identifier: 'mine' })).code).toBe('UNAUTHENTICATED');
  expect((await list(client)).code).toBe('FORBIDDEN');
  expect((await list(app.client())).code).toBe('UNAUTHENTICATED');
  expect(JSON.stringify((await list(admin)).data)).not.toContain('"mine"');
});
