import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Unit } from '../../src/platform/database/unit.js';
import { anotherDevice, newPerson, type Person, sql } from '../support/accounts.js';
import { change } from '../support/admins.js';
import { createApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { databaseUrl } from '../support/database-template.js';
import { generousLimits } from '../support/email-flows.js';
import { isAlive, revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import { confirmPasskey, registrationOptions } from '../support/passkeys.js';
import { changePassword, mailedReset, reset, setUserPassword } from '../support/passwords.js';
import { describeNeeding } from '../support/needs.js';
import { factorsOf } from '../support/second-factors.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

/** Sends the request, and has the session of it ended after it was let in and before its unit of work begins. */
async function endedMeanwhile(request: () => Promise<Answer>, end: () => Promise<Answer>): Promise<Answer> {
  const { unitOfWork } = app.services;
  const run = unitOfWork.run.bind(unitOfWork);
  unitOfWork.run = async <T>(work: (unit: Unit) => Promise<T>): Promise<T> => {
    unitOfWork.run = run;
    expect((await end()).errors).toEqual([]);
    return await run(work);
  };
  try {
    return await request();
  } finally {
    unitOfWork.run = run;
  }
}

const ROLE = 'system_admin';
const ADMINS_PASSWORD = 'correct horse battery staple';
const OPENINGS: Record<string, { act: (thief: Client, target: Person) => Promise<Answer>; left: string }> = {
  'gives no role': {
    act: async (thief, { id }) => await change(thief, 'assignRole', { userId: id, role: ROLE }),
    left: 'select 1 from role_assignments where granted_by_session_id = ?',
  },
  'creates no service account': {
    act: async (thief) =>
      await thief.send(
        'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }',
        { input: { name: 'sleeper', roles: [ROLE] } },
      ),
    left: 'select 1 from service_accounts where created_by_session_id = ?',
  },
  'creates no API key': {
    act: async (thief) => await createApiKey(thief),
    left: 'select 1 from api_keys where created_by_session_id = ?',
  },
  'sets nobody a password': {
    act: async (thief, { id }) => await setUserPassword(thief, id),
    left: 'select 1 from passwords where created_by_session_id = ?',
  },
  'changes not the password of its own account': {
    act: async (thief) => await changePassword(thief, ADMINS_PASSWORD),
    left: 'select 1 from passwords where created_by_session_id = ?',
  },
};

test.each(Object.entries(OPENINGS))('a session that is ended while it asks %s', async (_, { act, left }) => {
  const [thief, target] = [await app.adminClient(), await newPerson(app)];
  const sessionId = sessionOf(thief);
  const answer = await endedMeanwhile(
    async () => await act(thief, target),
    async () => await revokeEverythingFrom(admin, sessionId),
  );
  expect(['SESSION_EXPIRED', 'UNAUTHENTICATED']).toContain(answer.code);
  expect(await sql(app, left, [sessionId])).toEqual([]);
});

test('a session that is ended while it confirms a passkey brings none', async () => {
  const person = await newPerson(app);
  const thief = await anotherDevice(app, person);
  const credential = new VirtualAuthenticator().create(await registrationOptions(thief));
  const answer = await endedMeanwhile(
    async () => await confirmPasskey(thief, credential),
    async () => await revokeEverythingFrom(person.client, sessionOf(thief)),
  );
  expect(answer.code).toBe('SESSION_EXPIRED');
  expect(await factorsOf(person.client)).toEqual([]);
});

test('a mailed link still sets a password in the browser whose session that ends', async () => {
  const person = await newPerson(app);
  const token = await mailedReset(app, person.email);
  expect((await reset(person.client, token)).errors).toEqual([]);
  expect(await isAlive(person.client)).toBe(false);
});

// Only there two transactions are under way at once.
describeNeeding('a Postgres (DATABASE_URL)', databaseUrl !== undefined)('with many requests at once', () => {
  test('nothing is left of what a session asked for while it and all it made were taken away', async () => {
    const thief = await app.adminClient();
    const sessionId = sessionOf(thief);
    const people: Person[] = [];
    for (let i = 0; i < 6; i += 1) people.push(await newPerson(app));
    const give = async ({ id }: Person) => await change(thief, 'assignRole', { userId: id, role: ROLE });
    const early = people.slice(0, 3).map(give);
    const undone = revokeEverythingFrom(admin, sessionId);
    await Promise.all([...early, ...people.slice(3).map(give)]);
    expect((await undone).errors).toEqual([]);
    expect(
      await sql(app, 'select 1 from role_assignments where granted_by_session_id = ?', [sessionId]),
    ).toEqual([]);
  });
});
