import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { newService, type Service, sql } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { newApiKey, type NewApiKey, revokeApiKey, VIEWER_OF_KEY } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { databaseUrl } from '../../support/database-template.js';
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
