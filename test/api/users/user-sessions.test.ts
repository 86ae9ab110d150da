import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, newService, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { countQueries } from '../../support/count-queries.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

const OWN = '{ viewer { user { sessions { id current } } } }';
const ANYBODY = 'query ($id: UUID!) { user(id: $id) { sessions { id } } }';

test('a user sees their own sessions through themselves', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const { data } = await person.client.send(OWN);
  expect(data?.['viewer'].user.sessions).toEqual([
    { id: claimsOf(phone.accessToken).sid, current: false },
    { id: claimsOf(person.client.accessToken).sid, current: true },
  ]);
});

test('an admin sees anybody’s', async () => {
  const { client, id } = await newPerson(app);
  const { data } = await admin.send(ANYBODY, { id });
  expect(data?.['user'].sessions).toEqual([{ id: claimsOf(client.accessToken).sid }]);
});

test('who may read users but not sessions sees the user and is refused the sessions', async () => {
  // A role of the operator's own: there is no built-in one that divides the two.
  await sql(
    app,
    `insert into roles (id, name, description, permissions, built_in, created_at)
     values ('01890000-0000-7000-8000-000000000001', 'reader', '', '["users:read", "users:list"]', false, now())`,
  );
  const { basic } = await newService(admin, { roles: ['reader'] });
  const send = async (query: string, variables: object) =>
    await app.client().send(query, variables, { authorization: basic });
  const { client, id } = await newPerson(app);
  expect((await send('query ($id: UUID!) { user(id: $id) { email } }', { id })).errors).toEqual([]);
  const answer = await send(ANYBODY, { id });
  expect([answer.code, JSON.stringify(answer.data)]).toEqual(['FORBIDDEN', '{"user":{"sessions":null}}']);
  expect(JSON.stringify(answer)).not.toContain(claimsOf(client.accessToken).sid);
});

test('twenty users with their sessions cost as many queries as three', async () => {
  for (let i = 0; i < 20; i += 1) {
    const person = await newPerson(app);
    await anotherDevice(app, person);
  }
  const list = async (first: number) => {
    const answer = await admin.send(
      'query ($first: Int!) { users(first: $first) { edges { node { id email sessions { id deviceLabel } } } } }',
      { first },
    );
    const { edges } = (answer.data ?? {})['users'];
    expect(edges).toHaveLength(first);
    for (const { node } of edges.slice(0, 3)) expect(node.sessions).toHaveLength(2);
  };
  // The mails about new devices are on their way, and cost queries as well.
  await app.services.mails.idle();
  await list(1);
  const [three, twenty] = [await countQueries(app, () => list(3)), await countQueries(app, () => list(20))];
  expect(twenty).toBe(three);
  expect(twenty).toBe(2);
});
