import { afterAll, beforeAll, expect, test } from 'vitest';
import { userDeactivated } from '../../../src/features/users/users.contract.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { anotherDevice, claimsOf, newPerson, newService, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const isAlive = async (client: Client) => (await client.send('{ viewer { id } }')).errors.length === 0;
const revokeOthers = async (client: Client, headers = {}) =>
  await client.send('mutation { revokeOtherSessions { revokedCount } }', {}, headers);

async function withDevices(count: number): Promise<{ person: Person; devices: Client[] }> {
  const person = await newPerson(app);
  const devices: Client[] = [];
  for (let i = 0; i < count; i += 1) devices.push(await anotherDevice(app, person));
  return { person, devices };
}

test('revokeOtherSessions ends every other device of the caller, says how many, and nobody else’s', async () => {
  const { person, devices } = await withDevices(3);
  const bystander = await newPerson(app);
  expect((await revokeOthers(person.client)).data).toEqual({ revokeOtherSessions: { revokedCount: 3 } });
  expect(await Promise.all(devices.map(isAlive))).toEqual([false, false, false]);
  expect([await isAlive(person.client), await isAlive(bystander.client)]).toEqual([true, true]);
  expect((await revokeOthers(person.client)).data).toEqual({ revokeOtherSessions: { revokedCount: 0 } });
});

test('revokeOtherSessions is for signed-in users', async () => {
  expect((await revokeOthers(app.client())).code).toBe('UNAUTHENTICATED');
  const { basic } = await newService(await app.adminClient());
  expect((await revokeOthers(app.client(), { authorization: basic })).code).toBe('FORBIDDEN');
});

test('the end of an account ends all its sessions in the same transaction', async () => {
  const { person, devices } = await withDevices(2);
  await app.services.unitOfWork.run(async ({ em, emit }) => {
    await em.execute(`update users set status = 'deactivated' where id = ?`, [person.id]);
    const subject = { type: 'user', id: person.id };
    emit(userDeactivated, {
      caller: systemCaller(),
      subject,
      userId: person.id,
      payload: { reason: 'test' },
    });
  });
  for (const client of [person.client, ...devices]) {
    expect(await isAlive(client)).toBe(false);
    const { sid } = claimsOf(client.accessToken);
    const [row] = await sql(app, 'select revoke_reason from sessions where id = ?', [sid]);
    expect(row).toEqual({ revoke_reason: 'user_deactivated' });
  }
});
