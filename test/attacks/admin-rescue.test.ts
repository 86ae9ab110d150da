import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newAddress, type Person, sql } from '../support/accounts.js';
import { change, changed, newDelegate } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { addressOf, generousLimits, moveTo, newVerifiedPerson, undoChange } from '../support/email-flows.js';
import { setUserPassword } from '../support/passwords.js';

// An account was taken over, and an admin puts it right. Nothing that the thief still holds may put it wrong again.

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

/** The account at an address of the thief, and the links of the thief by which it comes back to one. */
async function takenOver(): Promise<{ owner: Person; links: string[] }> {
  const owner = await newVerifiedPerson(app);
  const thief = await anotherDevice(app, owner);
  const first = await moveTo(app, thief, owner.email);
  const second = await moveTo(app, thief, first.email);
  const third = await moveTo(app, thief, second.email);
  return { owner, links: [second.undo, third.undo] };
}

const rescues: readonly [name: string, rescue: (person: Person) => Promise<Answer | object>][] = [
  [
    'puts the address back',
    async ({ id, email }) => await changed(admin, 'updateUser', { userId: id, email, emailVerified: true }),
  ],
  ['sets the password', async ({ id }) => await setUserPassword(admin, id)],
  ['deactivates the account', async ({ id }) => await changed(admin, 'deactivateUser', { userId: id })],
  ['deletes the account', async ({ id }) => await changed(admin, 'deleteUser', { userId: id })],
  [
    'closes the account and opens it again',
    async ({ id }) => {
      await changed(admin, 'deactivateUser', { userId: id });
      return await changed(admin, 'reactivateUser', { userId: id });
    },
  ],
];

test.each(rescues)('once an admin %s, no link of the thief takes it back', async (_, rescue) => {
  const { owner, links } = await takenOver();
  const answer = await rescue(owner);
  if ('errors' in answer) expect(answer.errors).toEqual([]);
  const before = await sql(app, 'select * from users where id = ?', [owner.id]);
  for (const link of links) {
    expect((await undoChange(app.client(), link)).code).toBe('CHALLENGE_INVALID');
  }
  expect(await sql(app, 'select * from users where id = ?', [owner.id])).toEqual(before);
});

test('a way back that is left over opens no account that is closed', async () => {
  const { owner, links } = await takenOver();
  await sql(app, "update users set status = 'deactivated' where id = ?", [owner.id]);
  expect((await undoChange(app.client(), links[0] ?? '')).code).toBe('CHALLENGE_INVALID');
});

test.each([
  { email: newAddress() },
  { emailVerified: true },
  { emailVerified: false },
  { email: newAddress(), emailVerified: true, displayName: 'Somebody' },
])('a stolen session with users:modify changes nothing of its own address: %o', async (facts) => {
  const { client, id, email } = await newDelegate(app, admin, ['users:modify']);
  const before = await sql(app, 'select * from users where id = ?', [id]);
  for (const userId of [id, id.toUpperCase()]) {
    const answer = await change(client, 'updateUser', { userId, ...facts });
    expect([answer.status, answer.code]).toEqual([403, 'EMAIL_IS_OWN']);
  }
  expect(await sql(app, 'select * from users where id = ?', [id])).toEqual(before);
  expect(await addressOf(client)).toMatchObject({ email });
});

test('what is no proof of anything, admins still change of themselves', async () => {
  const { client, id } = await newDelegate(app, admin, ['users:modify']);
  const input = { userId: id, displayName: 'Somebody', email: null, emailVerified: null };
  expect((await change(client, 'updateUser', input)).errors).toEqual([]);
});

test.each([true, false])(
  'a stolen session with users:erase does not erase itself (dry run: %s)',
  async (dryRun) => {
    const { client, id } = await newDelegate(app, admin, ['users:erase']);
    const answer = await client.send(
      'mutation ($input: EraseUserInput!) { eraseUser(input: $input) { receiptId } }',
      { input: { userId: id, dryRun } },
    );
    expect([answer.status, answer.code]).toEqual([403, 'ERASURE_IS_OWN']);
    expect(await sql(app, 'select 1 from users where id = ?', [id])).toHaveLength(1);
  },
);
