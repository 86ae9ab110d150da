import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherDevice, newPerson, newService, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { change, changed, newDelegate, pendingOf } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { requestVerification } from '../../support/email-flows.js';
import { listen } from '../../support/listener.js';

let app: TestApp;
let admin: Client;
let asker: { basic: string };
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  asker = await newService(admin);
});
afterAll(async () => await app.close());

/** What every way to use a session says of it: all must agree. */
async function surfacesOf(client: Client): Promise<Record<string, boolean>> {
  const introspected = await app.client().fetch('/auth/introspect', {
    method: 'POST',
    headers: { authorization: asker.basic },
    body: new URLSearchParams({ token: client.accessToken ?? '' }),
  });
  const { active } = (await introspected.json()) as { active: boolean };
  const { refreshToken } = client;
  return {
    graphql: (await client.send('{ viewer { id } }')).status === 200,
    validate: (await client.fetch('/auth/validate')).status === 200,
    introspect: active,
    refresh: (await client.refresh(refreshToken)).code === undefined,
  };
}

const all = (answer: boolean) => ({ graphql: answer, validate: answer, introspect: answer, refresh: answer });

describe.each(['deactivateUser', 'deleteUser'] as const)('%s', (mutation) => {
  test('ends every session, token and socket before it is answered', async () => {
    const person = await newPerson(app);
    const phone = await anotherDevice(app, person);
    const listener = await listen(app, person.client);
    // Whatever is remembered of the sessions was asked for just before.
    expect(await surfacesOf(phone)).toEqual(all(true));
    expect((await person.client.send('{ viewer { id } }')).status).toBe(200);

    await changed(admin, mutation, { userId: person.id });

    for (const client of [person.client, phone]) expect(await surfacesOf(client)).toEqual(all(false));
    expect(await listener.closed).toBe(4401);
    const sessions = await sql(app, 'select revoke_reason from sessions where user_id = ?', [person.id]);
    const reason = mutation === 'deleteUser' ? 'user_deleted' : 'user_deactivated';
    expect(sessions).toEqual([{ revoke_reason: reason }, { revoke_reason: reason }]);
  });

  test('makes pending links and codes worthless', async () => {
    const { id, email } = await newPerson(app);
    await requestVerification(app.client(), email);
    expect(await pendingOf(app, id)).toBeGreaterThan(0);
    await changed(admin, mutation, { userId: id });
    expect(await pendingOf(app, id)).toBe(0);
  });

  test('lets nobody in who has the right password, and says no more than to a wrong one', async () => {
    const { email, id } = await newPerson(app);
    await changed(admin, mutation, { userId: id });
    const right = await app.client().login({ email, password: PASSWORD });
    const wrong = await app.client().login({ email, password: 'wrong wrong wrong' });
    expect([right.status, right.code, right.data]).toEqual([401, 'INVALID_CREDENTIALS', null]);
    expect([wrong.status, wrong.code, wrong.errors[0]?.message]).toEqual([
      right.status,
      right.code,
      right.errors[0]?.message,
    ]);
  });

  test('keeps what the admin wrote about it apart from the event, and tells it to admins only', async () => {
    const { id } = await newPerson(app);
    await changed(admin, mutation, { userId: id, reason: 'Ada Lovelace asked for it' });
    const history = await admin.send(
      `query ($userId: UUID!) { userHistory(userId: $userId) { edges { node { name payload personal } } } }`,
      { userId: id },
    );
    const node = history.data?.['userHistory'].edges
      .map((edge: { node: { name: string } }) => edge.node)
      .find(({ name }: { name: string }) => name.startsWith('user.de'));
    expect(node.payload).toEqual({ reason: 'admin' });
    expect(node.personal).toMatchObject({ reason: 'Ada Lovelace asked for it' });
    const logged = await sql(app, 'select payload from event_log where user_id = ?', [id]);
    expect(JSON.stringify(logged)).not.toContain('Lovelace');
  });

  test('again changes nothing, at thirty at once neither', async () => {
    const { id } = await newPerson(app);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => change(admin, mutation, { userId: id })),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 30 }, () => undefined));
    const events = await sql(app, `select 1 from audit_events where user_id = ? and name like 'user.de%'`, [
      id,
    ]);
    expect(events).toHaveLength(1);
  });

  test('finds nobody who does not exist, and is for users:deactivate only', async () => {
    const userId = '01890000-0000-7000-8000-000000000000';
    expect((await change(admin, mutation, { userId })).code).toBe('USER_NOT_FOUND');
    const person = await newPerson(app);
    const other = await newDelegate(app, admin, ['users:read', 'users:list', 'users:create', 'users:modify']);
    const own = { userId: person.id };
    expect((await change(app.client(), mutation, own)).code).toBe('UNAUTHENTICATED');
    expect((await change(person.client, mutation, own)).code).toBe('FORBIDDEN');
    expect((await change(other.client, mutation, own)).code).toBe('FORBIDDEN');
    expect((await change(admin, mutation, { ...own, reason: 'x'.repeat(501) })).code).toBe('INVALID_INPUT');
  });
});

test('a deleted account is not deactivated: it is gone already', async () => {
  const { id } = await newPerson(app);
  await changed(admin, 'deleteUser', { userId: id });
  expect((await change(admin, 'deactivateUser', { userId: id })).code).toBe('USER_DELETED');
});

test('who signs in while the account is closed has a session that never comes to life', async () => {
  const person: Person = await newPerson(app);
  const devices = Array.from({ length: 30 }, () => app.client());
  await Promise.all([
    ...devices.map((device) => device.login({ email: person.email, password: PASSWORD })),
    change(admin, 'deactivateUser', { userId: person.id }),
  ]);
  const signedIn = devices.filter(({ accessToken }) => accessToken !== undefined);
  for (const client of signedIn) expect(await surfacesOf(client)).toEqual(all(false));
  await changed(admin, 'reactivateUser', { userId: person.id });
  for (const client of signedIn) expect(await surfacesOf(client)).toEqual(all(false));
});
