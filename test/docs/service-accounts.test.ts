import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, type Service } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { bash } from '../support/bash.js';
import type { Client } from '../support/client.js';
import { fencedBlocks, repository } from '../support/fenced-block.js';
import { managed } from '../support/groups.js';
import { operations, run } from '../support/operations.js';
import { basicOf, clientSecretsOf, requestToken } from '../support/service-accounts.js';

const GUIDE = 'docs/guides/service-accounts.md';
const STOCK = 'https://stock.example.com';
const [create = '', ...otherMutations] = fencedBlocks(GUIDE, 'graphql');
const [curl = '', ...otherScripts] = fencedBlocks(GUIDE, 'sh');
const [answer = '', ...otherAnswers] = fencedBlocks(GUIDE, 'json');

let directory: string;
let app: TestApp;
let admin: Client;
let service: Service;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-accounts-'));
  const permissionsFile = join(directory, 'permissions.json');
  await writeFile(permissionsFile, '[{ "name": "orders:read", "description": "See the orders." }]');
  app = await startTestApp({ config: { access: { permissionsFile } } });
  admin = await app.adminClient();
  await managed(admin, 'createRole', { name: 'order-reader', permissions: ['orders:read'] });
  for (const identifier of ['https://orders.example.com', STOCK]) {
    await run(admin, operations.registerAudience, { input: { identifier, description: '' } });
  }
  const created = await admin.send(create);
  expect(created.errors).toEqual([]);
  const { clientId, clientSecret } = (created.data ?? {})['createServiceAccount'];
  service = { clientId, clientSecret, basic: basicOf(clientId, clientSecret) };
});
afterAll(async () => {
  await app.close();
  await rm(directory, { recursive: true });
});

const runScript = async (script: string, { clientId, clientSecret }: Service = service) =>
  await bash(script, {
    AUTH_PUBLIC_URL: app.url,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
  });

test('every block of the guide is tried below', () => {
  expect([otherMutations, otherScripts, otherAnswers]).toEqual([[], [], []]);
  for (const block of [create, curl, answer]) expect(block).not.toBe('');
});

test('the guide’s command gets what the guide shows: a token for that audience with that scope', async () => {
  const { code, stdout } = await runScript(curl);
  expect(code).toBe(0);
  const { access_token: token, ...rest } = JSON.parse(stdout);
  const { access_token: shown, ...promised } = JSON.parse(answer);
  expect(rest).toEqual(promised);
  expect(token.startsWith(shown.replace('…', ''))).toBe(true);
  const { clientId } = service;
  expect(claimsOf(token)).toMatchObject({
    aud: STOCK,
    scope: 'orders:read',
    client_id: clientId,
    sub: clientId,
  });
  expect(claimsOf(token)).not.toHaveProperty('sid');
});

test('the command gets nothing with another secret, for another audience or with a scope beyond the roles', async () => {
  const errorOf = async (script: string, who?: Service) =>
    JSON.parse((await runScript(script, who)).stdout).error;
  expect(await errorOf(curl, { ...service, clientSecret: 'wrong' })).toBe('invalid_client');
  expect(await errorOf(curl.replace(STOCK, 'https://orders.example.com'))).toBe('invalid_target');
  expect(await errorOf(curl.replace('orders:read', 'users:list'))).toBe('invalid_scope');
});

test('a secret is replaced with the guide’s mutation, and both are seen where the guide looks', async () => {
  const [first] = await clientSecretsOf(admin, service.clientId);
  const guide = await readFile(join(repository, GUIDE), 'utf8');
  const [, fields = ''] = /serviceAccount\(id\) (\{ clientSecrets \{[^}]+\} \})/.exec(guide) ?? [];
  expect(fields).not.toBe('');
  expect(guide).toContain('rotateClientSecret(input: { clientSecretId, overlapSeconds, expiresInDays })');
  const rotated = await admin.send(
    `mutation ($clientSecretId: UUID!, $overlapSeconds: Int!, $expiresInDays: Int) {
      rotateClientSecret(input: { clientSecretId: $clientSecretId, overlapSeconds: $overlapSeconds,
        expiresInDays: $expiresInDays }) { secret } }`,
    { clientSecretId: first?.id, overlapSeconds: 600, expiresInDays: 90 },
  );
  expect(rotated.errors).toEqual([]);
  const fresh = basicOf(service.clientId, rotated.data?.['rotateClientSecret'].secret);
  for (const basic of [fresh, service.basic]) {
    expect((await requestToken(app.url, { basic }, { resource: STOCK })).status).toBe(200);
  }
  const seen = await admin.send(`query ($id: UUID!) { serviceAccount(id: $id) ${fields} }`, {
    id: service.clientId,
  });
  const secrets = seen.data?.['serviceAccount'].clientSecrets;
  expect(secrets).toHaveLength(2);
  expect(secrets[0].rotatedFromId).toBe(first?.id);
});
