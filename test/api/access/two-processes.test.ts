import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app/app.js';
import { newPerson } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Client } from '../../support/client.js';
import { databaseUrl } from '../../support/database-template.js';
import { managed, newGroup, type RightsMutation } from '../../support/groups.js';
import { describeNeeding } from '../../support/needs.js';

/** The published bound on a revocation. */
const BOUND_MS = 1_000;
const list = '{ users(first: 1) { edges { cursor } } }';

// Only there can be two processes.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)(
  'with two processes on Postgres',
  () => {
    let app: TestApp;
    let other: App;
    let admin: Client;
    beforeAll(async () => {
      app = await startTestApp();
      other = await startApp(app.services.config);
      admin = await app.adminClient();
    });
    afterAll(async () => {
      await other.close();
      await app.close();
    });

    /** The same credential at the other process. */
    function there({ accessToken }: Client): Client {
      const client = new Client(other.url);
      client.accessToken = accessToken;
      return client;
    }

    /** What the other process says, at the latest when the bound is over; asked all the while, so that it is cached. */
    async function settles(client: Client, code: string | undefined): Promise<void> {
      await expect
        .poll(async () => (await client.send(list)).code, { timeout: BOUND_MS, interval: 20 })
        .toBe(code);
    }

    test.each(['revokeRole', 'removeGroupMember', 'deleteGroup', 'updateRole', 'deleteRole'] as const)(
      'what %s takes from the members of a group at one of them is refused at the other',
      async (mutation) => {
        const person = await newPerson(app);
        const remote = there(person.client);
        const role = await newRole(app, ['users:list']);
        await settles(remote, 'FORBIDDEN');
        const groupId = await newGroup(admin, { members: [person.id], roles: [role] });
        await settles(remote, undefined);
        const inputs: Partial<Record<RightsMutation, object>> = {
          revokeRole: { groupId, role },
          removeGroupMember: { groupId, userId: person.id },
          deleteGroup: { groupId },
          updateRole: { role, permissions: [] },
          deleteRole: { role },
        };
        await managed(admin, mutation, inputs[mutation] ?? {});
        await settles(remote, 'FORBIDDEN');
      },
    );
  },
);
