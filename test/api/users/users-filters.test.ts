import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { generousLimits } from '../../support/email-flows.js';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

const found = async (client: Client, filter: object) =>
  (await client.send('query ($filter: UserFilter) { users(filter: $filter) { totalCount } }', { filter }))
    .code ?? 'found';

test.each([
  ['the right to list them alone', [], 'FORBIDDEN', 'FORBIDDEN'],
  ['the right to see roles', ['roles:read'], 'found', 'FORBIDDEN'],
  ['the right to read accounts', ['users:read'], 'found', 'found'],
])('users are found by what one may see of them: with %s', async (_title, more, byRole, byLock) => {
  const { client } = await newDelegate(app, admin, ['users:list', ...more]);
  expect(await found(client, { role: 'system_admin' })).toBe(byRole);
  expect(await found(client, { locked: true })).toBe(byLock);
  expect(await found(client, { locked: false })).toBe(byLock);
  expect(await found(client, { role: null, locked: null, verified: true })).toBe('found');
});
