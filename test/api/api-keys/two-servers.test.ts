import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { notifyExpiringApiKeysJob } from '../../../src/features/api-keys/notify-expiring-api-keys.job.js';
import { newPerson, newService, type Service, sql } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import {
  newApiKey,
  type NewApiKey,
  revokeApiKey,
  rotateApiKey,
  rotatedApiKey,
  updateApiKey,
  VIEWER_OF_KEY,
  viewerOf,
} from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { databaseUrl } from '../../support/database-template.js';
import { mailsTo } from '../../support/mails.js';
import { describeNeeding } from '../../support/needs.js';

/** What is published: within so many milliseconds every process refuses what has ended. */
const BOUND_MS = 1_000;

describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)('two servers on one database', () => {
  let here: TestApp;
  let there: App;
  let admin: Client;
  let service: Service;
  beforeAll(async () => {
    here = await startTestApp();
    there = await startApp(here.services.config);
    admin = await here.adminClient();
    service = await newService(admin);
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const surfaces: Record<string, (key: NewApiKey) => Promise<boolean>> = {
    GraphQL: async ({ secret }) => {
      const headers = { authorization: `Bearer ${secret}` };
      return (await new Client(there.url).send(VIEWER_OF_KEY, {}, headers)).errors.length === 0;
    },
    validate: async ({ secret }) =>
      (await new Client(there.url).fetch('/auth/validate', { headers: { 'x-api-key': secret } })).status ===
      200,
    introspect: async ({ secret }) => {
      const init = { method: 'POST', headers: { authorization: service.basic } };
      const body = new URLSearchParams({ token: secret });
      const response = await new Client(there.url).fetch('/auth/introspect', { ...init, body });
      return ((await response.json()) as { active: boolean }).active;
    },
  };

  /** Until every surface of the other server refuses the key; fails when the bound is over. */
  async function refusedThere(key: NewApiKey, since: number): Promise<void> {
    for (const [surface, accepts] of Object.entries(surfaces)) {
      while (await accepts(key)) expect(performance.now() - since, surface).toBeLessThan(BOUND_MS);
    }
  }

  test.each<[string, (key: NewApiKey, ownerId: string) => Promise<unknown>]>([
    ['ended by an admin', async ({ id }) => expect((await revokeApiKey(admin, id)).errors).toEqual([])],
    ['of a closed account', async (_, userId) => await changed(admin, 'deactivateUser', { userId })],
  ])(
    'a key that is %s at one is refused by the other, and its socket closed, within a second',
    async (_, end) => {
      for (let round = 0; round < 5; round += 1) {
        const owner = await newDelegate(here, admin, ['sessions:watch']);
        const key = await newApiKey(owner.client, { scopes: ['sessions:watch'] });
        const accepted = Object.values(surfaces).map(async (accepts) => await accepts(key));
        expect(await Promise.all(accepted)).toEqual([true, true, true]);
        const { closed } = await openSocket(key);
        await end(key, owner.id);
        await refusedThere(key, performance.now());
        expect(await closed).toBe(4401);
      }
    },
  );

  test('a key that was changed at one is judged by the change at the other within a second', async () => {
    const owner = await newDelegate(here, admin, ['users:list', 'users:read']);
    const key = await newApiKey(owner.client, { scopes: ['users:list', 'users:read'] });
    const rights = async () => (await viewerOf(new Client(there.url), key)).data?.['viewer']?.permissions;
    expect(await rights()).toEqual(['users:list', 'users:read']);
    await updateApiKey(owner.client, { apiKeyId: key.id, scopes: ['users:list'] });
    let since = performance.now();
    while ((await rights()).length > 1) expect(performance.now() - since).toBeLessThan(BOUND_MS);
    await updateApiKey(owner.client, { apiKeyId: key.id, allowedNetworks: ['192.0.2.1'] });
    since = performance.now();
    await refusedThere(key, since);
  });

  test('a key that is replaced without an overlap at one is refused by the other within a second', async () => {
    const owner = await newDelegate(here, admin, ['sessions:watch']);
    const key = await newApiKey(owner.client, { scopes: ['sessions:watch'] });
    const { closed } = await openSocket(key);
    const next = await rotatedApiKey(owner.client, { apiKeyId: key.id, overlapSeconds: 0 });
    await refusedThere(key, performance.now());
    expect(await closed).toBe(4401);
    expect((await viewerOf(new Client(there.url), next)).errors).toEqual([]);
  });

  test('of two that replace one key at the same moment, one at each, one does', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client, id } = await newPerson(here);
      const other = new Client(there.url);
      other.accessToken = client.accessToken;
      const key = await newApiKey(client);
      const answers = await Promise.all(
        [client, other].map(async (each) => await rotateApiKey(each, { apiKeyId: key.id })),
      );
      expect(answers.map(({ code }) => code ?? 'replaced').toSorted()).toEqual(['API_KEY_ENDED', 'replaced']);
      expect(await sql(here, 'select 1 from api_keys where owner_id = ?', [id])).toHaveLength(2);
    }
  });

  test('a key that ends while its replacement waits is not replaced', async () => {
    const { client, id } = await newPerson(here);
    const key = await newApiKey(client);
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    const answer = await here.services.em.fork().transactional(async (em) => {
      await em.execute('select from users where id = ? for update', [id]);
      const asked = rotateApiKey(client, { apiKeyId: key.id });
      await vi.waitFor(async () => expect(await sql(here, waiting)).not.toEqual([]), 5_000);
      await em.execute(`update api_keys set revoked_at = now(), revoke_reason = 'lineage' where id = ?`, [
        key.id,
      ]);
      return { asked };
    });
    expect((await answer.asked).code).toBe('API_KEY_ENDED');
    expect(await sql(here, 'select 1 from api_keys where owner_id = ?', [id])).toHaveLength(1);
  });

  test('a key of a machine that is disabled at one is refused by the other, and works again with the machine', async () => {
    const key = await newApiKey(admin, { serviceAccountId: service.clientId });
    const works = async () => (await viewerOf(new Client(there.url), key)).errors.length === 0;
    expect(await works()).toBe(true);
    const id = { id: service.clientId };
    const disabled = await admin.send(
      'mutation ($id: UUID!) { disableServiceAccount(input: { id: $id }) { serviceAccount { id } } }',
      id,
    );
    expect(disabled.errors).toEqual([]);
    let since = performance.now();
    while (await works()) expect(performance.now() - since).toBeLessThan(BOUND_MS);
    const enabled = await admin.send(
      'mutation ($id: UUID!) { updateServiceAccount(input: { id: $id, enabled: true }) { serviceAccount { id } } }',
      id,
    );
    expect(enabled.errors).toEqual([]);
    since = performance.now();
    while (!(await works())) expect(performance.now() - since).toBeLessThan(BOUND_MS);
  });

  test('two that look for keys about to expire at the same moment write one mail', async () => {
    const person = await newPerson(here);
    const key = await newApiKey(person.client, { expiresInDays: 30 });
    const aged = `created_at = now() - interval '20 days', expires_at = now() + interval '10 days'`;
    await sql(here, `update api_keys set ${aged} where id = ?`, [key.id]);
    await Promise.all(
      [here, there].map(async ({ services }) => await notifyExpiringApiKeysJob.run(services)),
    );
    await there.services.mails.idle();
    const mails = await mailsTo(here, person.email);
    expect(mails.filter(({ subject }) => subject.includes('about to expire'))).toHaveLength(1);
  });

  test('a key whose owner lost the right at one has it no more at the other', async () => {
    const owner = await newDelegate(here, admin, ['users:list']);
    const key = await newApiKey(owner.client, { scopes: ['users:list'] });
    const rights = async () => {
      const headers = { authorization: `Bearer ${key.secret}` };
      return (await new Client(there.url).send(VIEWER_OF_KEY, {}, headers)).data?.['viewer'].permissions;
    };
    expect(await rights()).toEqual(['users:list']);
    const [{ name: role } = {}] = await sql(
      here,
      'select r.name from roles r join role_assignments a on a.role_id = r.id where a.holder_id = ?',
      [owner.id],
    );
    await changed(admin, 'revokeRole', { userId: owner.id, role });
    const since = performance.now();
    while ((await rights()).length > 0) expect(performance.now() - since).toBeLessThan(BOUND_MS);
  });

  /** Opens a socket at the other server; its close code, once it has one. */
  async function openSocket({ secret }: NewApiKey): Promise<{ closed: Promise<number> }> {
    const socket = new Client(there.url).socket(`Bearer ${secret}`);
    const closed = new Promise<number>((resolve) =>
      socket.on('closed', (event) => resolve((event as { code: number }).code)),
    );
    const connected = new Promise((resolve) => socket.on('connected', resolve));
    const query = 'subscription { sessionRevoked { sessionId } }';
    socket.subscribe({ query }, { next: () => {}, error: () => {}, complete: () => {} });
    await connected;
    return { closed };
  }
});
