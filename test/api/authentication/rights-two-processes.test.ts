import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { claimsOf, newPerson, newService, type Service } from '../../support/accounts.js';
import { changed, newRole } from '../../support/admins.js';
import { newApiKey, revokeApiKey, rotatedApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { databaseUrl } from '../../support/database-template.js';
import { generousLimits } from '../../support/email-flows.js';
import { managed, newGroup } from '../../support/groups.js';
import { describeNeeding } from '../../support/needs.js';
import {
  addSecret,
  disableServiceAccount,
  machineToken,
  post,
  revokeClientSecret,
  rotateClientSecret,
} from '../../support/service-accounts.js';
import { RIGHTS, SOON, watchCredential, type Watched } from '../../support/watched-credential.js';

const DAY = 86_400;

/** A credential that may what `RIGHTS` says, and what ends that. */
interface Case {
  readonly authorization: string;
  end(): Promise<unknown>;
}

// Only there can be two processes.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)(
  'with two processes on Postgres',
  () => {
    const clock = new FakeClock();
    let here: TestApp;
    let there: App;
    let admin: Client;
    let asker: Service;
    beforeAll(async () => {
      const config = { rateLimits: generousLimits, tokens: { accessTtlSeconds: DAY } };
      here = await startTestApp({ clock, config });
      there = await startApp(here.services.config, { clock });
      asker = await newService(await here.adminClient());
    });
    afterAll(async () => {
      await there.close();
      await here.close();
    });
    beforeEach(async () => {
      admin = await here.adminClient();
    });

    const bearer = (token: string | undefined) => `Bearer ${token}`;
    const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1_000).toISOString();

    /** Somebody who has the rights by a role of their own. */
    async function holder(more: object = {}) {
      const person = await newPerson(here);
      const role = await newRole(here, RIGHTS);
      await managed(admin, 'assignRole', { userId: person.id, role, ...more });
      return { ...person, role, authorization: bearer(person.client.accessToken) };
    }

    async function member() {
      const person = await newPerson(here);
      const role = await newRole(here, RIGHTS);
      const groupId = await newGroup(admin, { members: [person.id], roles: [role] });
      return { ...person, role, groupId, authorization: bearer(person.client.accessToken) };
    }

    async function key(input: object = {}) {
      const owner = await holder();
      const made = await newApiKey(owner.client, { scopes: RIGHTS, ...input });
      return { owner, apiKeyId: made.id, authorization: bearer(made.secret) };
    }

    /** A service account with the rights, a second secret, and a token that was got with it. */
    async function machine() {
      const role = await newRole(here, RIGHTS);
      const service = await newService(admin, { roles: [role] });
      const secret = await addSecret(admin, service.clientId);
      const token = await machineToken(here.url, secret);
      return { role, id: service.clientId, secret, token, authorization: bearer(token) };
    }

    const taken: Record<string, () => Promise<Case>> = {
      'user whose role is taken': async () => {
        const { id: userId, role, authorization } = await holder();
        return { authorization, end: () => managed(admin, 'revokeRole', { userId, role }) };
      },
      'user who is taken out of a group': async () => {
        const { id: userId, groupId, authorization } = await member();
        return { authorization, end: () => managed(admin, 'removeGroupMember', { groupId, userId }) };
      },
      'user whose group is deleted': async () => {
        const { groupId, authorization } = await member();
        return { authorization, end: () => managed(admin, 'deleteGroup', { groupId }) };
      },
      'user whose group loses its role': async () => {
        const { groupId, role, authorization } = await member();
        return { authorization, end: () => managed(admin, 'revokeRole', { groupId, role }) };
      },
      'user whose role is edited': async () => {
        const { role, authorization } = await holder();
        return { authorization, end: () => managed(admin, 'updateRole', { role, permissions: [] }) };
      },
      'user whose role is deleted': async () => {
        const { role, authorization } = await holder();
        return { authorization, end: () => managed(admin, 'deleteRole', { role }) };
      },
      'user whose assignment expires': async () => {
        const { authorization } = await holder({ expiresAt: inSeconds(60) });
        return { authorization, end: () => Promise.resolve(clock.advance(61)) };
      },
      'key whose owner loses the role': async () => {
        const { owner, authorization } = await key();
        const input = { userId: owner.id, role: owner.role };
        return { authorization, end: () => managed(admin, 'revokeRole', input) };
      },
      'key whose owner’s role is edited': async () => {
        const { owner, authorization } = await key();
        return {
          authorization,
          end: () => managed(admin, 'updateRole', { role: owner.role, permissions: [] }),
        };
      },
      'access token of a machine that loses the role': async () => {
        const { id: serviceAccountId, role, authorization } = await machine();
        return { authorization, end: () => managed(admin, 'revokeRole', { serviceAccountId, role }) };
      },
      'client secret of a machine whose role is edited': async () => {
        const { role, secret } = await machine();
        const input = { role, permissions: [] };
        return { authorization: secret.basic, end: () => managed(admin, 'updateRole', input) };
      },
    };

    const ended: Record<string, () => Promise<Case>> = {
      'session that its owner ends': async () => {
        const { client, authorization } = await holder();
        return { authorization, end: () => succeeded(client.send('mutation { logout { ok } }')) };
      },
      'session that an admin ends': async () => {
        const { client, authorization } = await holder();
        const { sid: sessionId } = claimsOf(client.accessToken);
        const text = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { sessionId } }';
        return { authorization, end: () => succeeded(admin.send(text, { input: { sessionId } })) };
      },
      'session of a user who is deactivated': async () => {
        const { id: userId, authorization } = await holder();
        return { authorization, end: () => changed(admin, 'deactivateUser', { userId }) };
      },
      'key of a user who is deactivated': async () => {
        const { owner, authorization } = await key();
        return { authorization, end: () => changed(admin, 'deactivateUser', { userId: owner.id }) };
      },
      'key that is revoked': async () => {
        const { apiKeyId, authorization } = await key();
        return { authorization, end: () => succeeded(revokeApiKey(admin, apiKeyId)) };
      },
      'key that is replaced without an overlap': async () => {
        const { owner, apiKeyId, authorization } = await key();
        const input = { apiKeyId, overlapSeconds: 0 };
        return { authorization, end: () => rotatedApiKey(owner.client, input) };
      },
      'client secret that is revoked': async () => {
        const { secret } = await machine();
        return { authorization: secret.basic, end: () => succeeded(revokeClientSecret(admin, secret.id)) };
      },
      'client secret that is replaced without an overlap': async () => {
        const { secret } = await machine();
        const input = { clientSecretId: secret.id, overlapSeconds: 0 };
        return { authorization: secret.basic, end: () => succeeded(rotateClientSecret(admin, input)) };
      },
      'access token whose secret is revoked': async () => {
        const { secret, authorization } = await machine();
        return { authorization, end: () => succeeded(revokeClientSecret(admin, secret.id)) };
      },
      'access token whose secret is replaced without an overlap': async () => {
        const { secret, authorization } = await machine();
        const input = { clientSecretId: secret.id, overlapSeconds: 0 };
        return { authorization, end: () => succeeded(rotateClientSecret(admin, input)) };
      },
      'access token that its machine revokes': async () => {
        const { secret, token, authorization } = await machine();
        const headers = { authorization: secret.basic };
        return { authorization, end: () => post(here.url, '/oauth/revoke', { token }, headers) };
      },
      'client secret of a machine that is disabled': async () => {
        const { id, secret } = await machine();
        return { authorization: secret.basic, end: () => disableServiceAccount(admin, id) };
      },
      'access token of a machine that is disabled': async () => {
        const { id, authorization } = await machine();
        return { authorization, end: () => disableServiceAccount(admin, id) };
      },
      'key of a machine that is disabled': async () => {
        const { id, secret } = await machine();
        const headers = { authorization: secret.basic };
        const { secret: text } = await newApiKey(here.client(), { scopes: RIGHTS }, headers);
        return { authorization: bearer(text), end: () => disableServiceAccount(admin, id) };
      },
    };

    const late: Record<string, () => Promise<Case>> = {
      key: async () => {
        const { authorization } = await key({ expiresInDays: 1 });
        return { authorization, end: () => Promise.resolve(clock.advance(DAY + 1)) };
      },
      'access token of a user': async () => {
        const { authorization } = await holder();
        return { authorization, end: () => Promise.resolve(clock.advance(DAY + 1)) };
      },
      'access token of a machine': async () => {
        const { authorization } = await machine();
        return { authorization, end: () => Promise.resolve(clock.advance(3_601)) };
      },
    };

    /** Somebody’s session ends, and who may hear of that has heard it by then. */
    async function somebodyLeaves(): Promise<string> {
      const witness = await watchAt(admin.accessToken);
      const { client } = await newPerson(here);
      const { sid } = claimsOf(client.accessToken);
      await succeeded(client.send('mutation { logout { ok } }'));
      await expect.poll(() => witness.heard()).toContain(sid);
      witness.close();
      return sid;
    }

    const watchAt = async (token: string | undefined) =>
      await watchCredential(there.url, { authorization: bearer(token), asker: asker.basic });

    /** In use at the other process, in every way, until it ends at this one. */
    async function endOf(arrange: () => Promise<Case>): Promise<Watched> {
      const { authorization, end } = await arrange();
      const watched = await watchCredential(there.url, { authorization, asker: asker.basic });
      const before = await somebodyLeaves();
      await expect.poll(() => watched.heard()).toContain(before);
      await end();
      return watched;
    }

    async function expectEverywhere(watched: Watched, verdict: 'may not' | 'dead'): Promise<void> {
      const asked = Object.entries(watched.surfaces).map(async ([name, ask]) => {
        await expect.poll(ask, { ...SOON, message: name }).toBe(verdict);
      });
      await Promise.all(asked);
    }

    async function expectDeaf(watched: Watched): Promise<void> {
      const after = await somebodyLeaves();
      await watched.settled();
      expect(watched.heard()).not.toContain(after);
      watched.close();
    }

    describe('a right that is lost at one is refused by the other on every surface, and nothing more is heard', () => {
      test.each(Object.entries(taken))('be it of the %s', async (_, arrange) => {
        const watched = await endOf(arrange);
        await expectEverywhere(watched, 'may not');
        expect(watched.closeCode()).toBeUndefined();
        await expectDeaf(watched);
      });
    });

    describe('a credential that ends at one is refused by the other on every surface, and its socket closed', () => {
      test.each(Object.entries(ended))('be it the %s', async (_, arrange) => {
        const watched = await endOf(arrange);
        await expectEverywhere(watched, 'dead');
        await expect.poll(() => watched.closeCode(), SOON).toBe(4401);
        await expectDeaf(watched);
      });
    });

    describe('a credential whose time is over is refused by both on every surface, an open socket included', () => {
      test.each(Object.entries(late))('be it the %s', async (_, arrange) => {
        const watched = await endOf(arrange);
        await expectEverywhere(watched, 'dead');
        admin = await here.adminClient();
        await expectDeaf(watched);
      });
    });
  },
);

async function succeeded(answer: Promise<{ readonly errors: readonly unknown[] }>): Promise<void> {
  expect((await answer).errors).toEqual([]);
}
