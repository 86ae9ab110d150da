import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { newVerifiedPerson } from '../../support/email-flows.js';

const EXPORT = `query X { exportMyData { exportedAt user { id email } sections { feature table about data } } }`;

interface Section {
  readonly table: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each table has a shape of its own
  readonly data: any;
}

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { server: { trustedProxies: ['127.0.0.0/8', '::1/128'] } } });
});
afterAll(() => app.close());

const exportOf = async (client: Client): Promise<Answer> => await client.send(EXPORT);

function section({ data }: Answer, table: string): Section['data'] {
  const sections: Section[] = (data ?? {})['exportMyData'].sections;
  return sections.find((each) => each.table === table)?.data;
}

test('holds the account, the roles, every session with its device and address, and the history', async () => {
  const person = await newVerifiedPerson(app);
  await person.client.send('{ viewer { id } }', {}, {});
  const elsewhere = app.client();
  await elsewhere.send(
    `mutation ($input: LoginInput!) { login(input: $input) { __typename } }`,
    { input: { email: person.email, password: PASSWORD } },
    { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'Elsewhere/7.7' },
  );
  const copy = await exportOf(person.client);
  expect(copy.errors).toEqual([]);
  expect(copy.data?.['exportMyData'].user).toEqual({ id: person.id, email: person.email });
  expect(JSON.stringify(section(copy, 'users'))).toContain(person.email);
  expect(section(copy, 'sessions').rows).toHaveLength(2);
  expect(section(copy, 'sessions').rows).toContainEqual(
    expect.objectContaining({ ip: '203.0.113.77', userAgent: 'Elsewhere/7.7', endedAt: null }),
  );
  const history: { name: string; by: string; ip?: string }[] = section(copy, 'audit_events').rows;
  expect(history.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['user.created', 'login.succeeded', 'session.created']),
  );
  expect(history.find(({ ip }) => ip === '203.0.113.77')).toMatchObject({ name: 'session.created' });
  const admin = await app.adminClient();
  expect(JSON.stringify(section(await exportOf(admin), 'role_assignments'))).toContain('system_admin');
});

test('tells whoever has not proved the address nothing of where others tried to sign in', async () => {
  const person = await newPerson(app);
  const from = { 'x-forwarded-for': '203.0.113.78', 'user-agent': 'Owner/7.8' };
  await app
    .client()
    .send(
      'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
      { input: { email: person.email, password: 'wrong' } },
      from,
    );
  const copy = JSON.stringify(await exportOf(person.client));
  expect(copy).toContain('login.failed');
  expect(copy).not.toContain('203.0.113.78');
  expect(copy).not.toContain('Owner/7.8');
  await sql(app, 'update users set email_verified_at = now() where id = ?', [person.id]);
  expect(JSON.stringify(await exportOf(person.client))).toContain('203.0.113.78');
});

test('holds no secret and no hash', async () => {
  const person = await newPerson(app);
  const { text } = await fetchExport(person.client);
  const [stored] = await sql(
    app,
    `select p.hash, t.token_hash from passwords p join sessions s on s.user_id = p.user_id
     join refresh_tokens t on t.session_id = s.id where p.user_id = ?`,
    [person.id],
  );
  const secrets = [stored?.['hash'], stored?.['token_hash'], person.client.refreshToken, PASSWORD, '$argon2'];
  for (const secret of secrets) {
    expect(typeof secret).toBe('string');
    expect(text).not.toContain(secret);
  }
});

test('holds nothing about others: neither of an admin who changed the account, nor of whom its owner changed', async () => {
  const other = await newPerson(app);
  const admin = await app.adminClient();
  await admin.send(
    'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { user { id } } }',
    { input: { userId: other.id } },
    { 'x-forwarded-for': '203.0.113.55', 'user-agent': 'AdminBrowser/5.5' },
  );
  await admin.send(
    'mutation ($input: ReactivateUserInput!) { reactivateUser(input: $input) { user { id } } }',
    { input: { userId: other.id } },
    { 'x-forwarded-for': '203.0.113.55', 'user-agent': 'AdminBrowser/5.5' },
  );
  const ofOther = await fetchExport(await anotherDevice(app, other));
  expect(ofOther.text).toContain('user.deactivated');
  expect(ofOther.text).toContain('an administrator or another service');
  for (const theirs of ['203.0.113.55', 'AdminBrowser', admin.userId ?? '', 'admin@example.com']) {
    expect(ofOther.text).not.toContain(theirs);
  }
  const ofAdmin = await fetchExport(admin);
  expect(ofAdmin.text).toContain('203.0.113.55');
  expect(ofAdmin.text).toContain('user.deactivated');
  for (const theirs of [other.id, other.email]) expect(ofAdmin.text).not.toContain(theirs);
});

test('is written into the audit trail', async () => {
  const person = await newPerson(app);
  await exportOf(person.client);
  const events = await sql(app, 'select name from audit_events where user_id = ? order by sequence desc', [
    person.id,
  ]);
  expect(events[0]).toEqual({ name: 'user_data.exported' });
});

test('can be had ten times an hour', async () => {
  const person = await newPerson(app);
  for (let i = 0; i < 10; i += 1) expect((await exportOf(person.client)).errors).toEqual([]);
  const refused = await exportOf(person.client);
  expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
});

test('needs a sign-in that is not long ago', async () => {
  const person = await newPerson(app);
  expect((await exportOf(app.client())).code).toBe('UNAUTHENTICATED');
  clock.advance(app.services.config.freshSeconds + 1);
  await person.client.refresh();
  expect((await exportOf(person.client)).code).toBe('STEP_UP_REQUIRED');
});

async function fetchExport(client: Client): Promise<{ text: string }> {
  const response = await client.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: EXPORT }),
  });
  const text = await response.text();
  expect(text).not.toContain('"errors"');
  return { text };
}
