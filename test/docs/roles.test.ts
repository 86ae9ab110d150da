import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { fencedBlocks } from '../support/fenced-block.js';
import { manage, managed } from '../support/groups.js';

const [file = ''] = fencedBlocks('docs/guides/roles.md', 'json');
const [create = '', assign = ''] = fencedBlocks('docs/guides/roles.md', 'graphql');

let directory: string;
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'roles-'));
  const permissionsFile = join(directory, 'permissions.json');
  await writeFile(permissionsFile, file);
  app = await startTestApp({ config: { access: { permissionsFile } } });
  admin = await app.adminClient();
});
afterAll(async () => {
  await app.close();
  await rm(directory, { recursive: true });
});

test('the guide’s mutations make a role, and give it until the day they name', async () => {
  const { id } = await newPerson(app);
  expect((await admin.send(create)).data?.['createRole'].role.name).toBe('support');
  const given = await admin.send(assign.replace('…', id));
  expect(given.data?.['assignRole'].assignment.expiresAt).toBe('2031-01-01T00:00:00.000Z');
});

test('the permissions of the guide’s file are told, put into roles, covered by the star and read by services', async () => {
  const { permissions } = (await admin.send('{ permissions { name description builtIn } }')).data ?? {};
  expect(permissions).toContainEqual({
    name: 'orders:mark_paid',
    description: 'Mark orders as paid.',
    builtIn: false,
  });
  expect((await admin.send('{ viewer { permissions } }')).data?.['viewer'].permissions).toContain(
    'orders:read',
  );
  await managed(admin, 'createRole', { name: 'clerk', permissions: ['orders:read', 'orders:mark_paid'] });
  const wider = { name: 'chief', permissions: ['orders:read', 'orders:refund'] };
  expect((await manage(admin, 'createRole', wider)).code).toBe('PERMISSION_UNKNOWN');
  const { client, id } = await newPerson(app);
  await managed(admin, 'assignRole', { userId: id, role: 'clerk' });
  const { headers } = await client.fetch('/auth/validate');
  expect(decodeURIComponent(headers.get('x-auth-scopes') ?? '').split(',')).toContain('orders:mark_paid');
  const { secret } = await newApiKey(client, { scopes: ['orders:read'] });
  const { basic } = await newService(admin);
  const answer = await fetch(`${app.url}/auth/introspect`, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams({ token: secret }),
  });
  expect(((await answer.json()) as { scope?: string }).scope).toBe('orders:read');
});
