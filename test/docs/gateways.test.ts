import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../support/accounts.js';
import { newDelegate, newRole } from '../support/admins.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { Backend, findProgram, Gateway } from '../support/gateways.js';
import { describeNeeding } from '../support/needs.js';
import { machineToken } from '../support/service-accounts.js';

/** What a client may send to be taken for somebody else. */
const forged = {
  'x-auth-subject': 'root',
  'x-auth-principal-type': 'user',
  'x-auth-session': 'stolen',
  'x-auth-roles': 'system_admin',
  'x-auth-scopes': 'orders:read',
  'x-auth-email': 'root@example.com',
};
const misspelt = { x_auth_subject: 'root', X_Auth_Email: 'root@example.com' };

let app: TestApp;
let admin: Client;
let backend: Backend;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-gateways-'));
  const permissionsFile = join(directory, 'permissions.json');
  writeFileSync(permissionsFile, '[{ "name": "orders:read", "description": "See the orders." }]');
  const config = { server: { trustedProxies: ['127.0.0.1'] }, access: { permissionsFile } };
  app = await startTestApp({ config });
  admin = await app.adminClient();
  backend = await Backend.start();
});
afterAll(async () => {
  await backend.stop();
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});

const portOf = ({ url }: { url: string }) => Number(new URL(url).port);

describeNeeding('nginx', findProgram('nginx') !== undefined)('nginx, as the guide has it', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.nginx({ latchkey: portOf(app), backend: backend.port });
  });
  afterAll(async () => await gateway.stop());

  promises(() => gateway);

  test('a refusal that is neither 401 nor 403 is closed, too', async () => {
    const em = app.services.em.fork();
    const person = await newPerson(app);
    await em.execute('alter table sessions rename to sessions_gone');
    const response = await pass(gateway, { authorization: `Bearer ${person.client.accessToken}` });
    await em.execute('alter table sessions_gone rename to sessions');
    expect([response.status, response.seen]).toEqual([500, null]);
  });

  test('nobody asks the question from outside', async () => {
    const response = await fetch(`${gateway.url}/_who`, { headers: await userHeaders() });
    expect(response.status).toBe(404);
  });
});

describeNeeding('Caddy', findProgram('caddy') !== undefined)('Caddy, as the guide has it', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.caddy({ latchkey: portOf(app), backend: backend.port });
  });
  afterAll(async () => await gateway.stop());

  promises(() => gateway);
});

/** What holds behind every gateway. */
function promises(gatewayOf: () => Gateway): void {
  test('whoever may gets through, and the service reads who it is', async () => {
    const user = await newDelegate(app, admin, ['orders:read']);
    const headers = { authorization: `Bearer ${user.client.accessToken}` };
    const { status, seen } = await pass(gatewayOf(), { ...headers, ...forged, ...misspelt });
    expect(status).toBe(200);
    expect(seen?.['x-auth-subject']).toBe(user.id);
    expect(seen?.['x-auth-scopes']).toBe('orders%3Aread');
    expect(seen?.['x-auth-email'] ?? '').toBe('');
    expect(JSON.stringify(seen)).not.toMatch(/root|stolen|system_admin/);
  });

  test('a key is good from its networks, as the gateway tells them', async () => {
    const user = await newDelegate(app, admin, ['orders:read']);
    const keyOf = async (allowedNetworks: string[]) =>
      (await newApiKey(user.client, { scopes: ['orders:read'], allowedNetworks })).secret;
    const here = { 'x-api-key': await keyOf(['127.0.0.0/8']), 'x-forwarded-for': '192.0.2.1' };
    const there = { 'x-api-key': await keyOf(['192.0.2.0/24']), 'x-forwarded-for': '192.0.2.1' };
    const { status, seen } = await pass(gatewayOf(), { ...here, ...forged });
    expect([status, seen?.['x-auth-principal-type'], seen?.['x-auth-session'] ?? '']).toEqual([
      200,
      'api_key',
      '',
    ]);
    // The client’s own X-Forwarded-For moves it nowhere.
    expect((await pass(gatewayOf(), there)).status).toBe(401);
  });

  test('a machine gets through with its token', async () => {
    const role = await newRole(app, ['orders:read']);
    const service = await newService(admin, { roles: [role] });
    const authorization = `Bearer ${await machineToken(app.url, service)}`;
    const { status, seen } = await pass(gatewayOf(), { authorization, ...forged });
    expect([status, seen?.['x-auth-subject']]).toEqual([200, service.clientId]);
    expect(seen?.['x-auth-principal-type']).toBe('service_account');
  });

  test('whoever shows nothing, or nothing good, is asked for a credential', async () => {
    for (const headers of [forged, { ...forged, authorization: 'Bearer x' }]) {
      const response = await pass(gatewayOf(), headers);
      expect([response.status, response.seen]).toEqual([401, null]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="latchkey"/);
    }
  });

  test('whoever lacks the permission is refused, with whatever they add to the address', async () => {
    const headers = { ...forged, ...(await userHeaders()) };
    for (const path of ['/', '/?scope=', '/?scope=users:list', '/auth/validate', '/?audience=x']) {
      expect([path, (await pass(gatewayOf(), headers, path)).status]).toEqual([path, 403]);
    }
  });

  test('a session that has ended gets through no more', async () => {
    const { client } = await newDelegate(app, admin, ['orders:read']);
    const headers = { authorization: `Bearer ${client.accessToken}` };
    expect((await pass(gatewayOf(), headers)).status).toBe(200);
    expect((await client.send('mutation { logout { ok } }')).errors).toEqual([]);
    expect((await pass(gatewayOf(), headers)).status).toBe(401);
  });
}

async function userHeaders(): Promise<Record<string, string>> {
  const { client } = await newPerson(app);
  return { authorization: `Bearer ${client.accessToken}` };
}

/** Sends a request through a gateway; `seen` are the headers that have reached the service, if any have. */
async function pass(
  { url }: Gateway,
  headers: Record<string, string>,
  path = '/orders/1',
): Promise<{ status: number; headers: Headers; seen: Record<string, string> | null }> {
  const response = await fetch(url + path, { headers, redirect: 'manual' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, seen: response.ok ? JSON.parse(text) : null };
}
