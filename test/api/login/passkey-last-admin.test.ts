import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../support/accounts.js';
import { change, changed } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { newPasskeyPerson } from '../../support/passkeys.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const role = 'system_admin';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

test('an admin who can sign in by a passkey alone keeps things going, and one whose passkey cannot does not', async () => {
  const admin = await app.adminClient();
  const addAdmin = async (authenticator: VirtualAuthenticator) => {
    const { id } = await newPasskeyPerson(app, authenticator);
    await sql(app, 'delete from passwords where user_id = ?', [id]);
    await changed(admin, 'assignRole', { userId: id, role });
  };
  const leave = async () => (await change(admin, 'revokeRole', { userId: admin.userId, role })).code;
  await addAdmin(new VirtualAuthenticator({ verifies: false }));
  expect(await leave()).toBe('LAST_ADMIN');
  await addAdmin(new VirtualAuthenticator());
  expect(await leave()).toBeUndefined();
});
