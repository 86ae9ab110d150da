import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService, type Service, sql } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { newApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { introspect, introspectJson } from '../../support/introspection.js';
import { machineToken, newServiceAccount } from '../../support/service-accounts.js';

let app: TestApp;
let admin: Client;
let monitoring: Service;
let service: Service;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  monitoring = await newServiceAccount(admin, { roles: [await newRole(app, ['metrics:read'])] });
  service = await newService(admin);
});
afterAll(async () => await app.close());

async function read(headers: Record<string, string> = { authorization: monitoring.basic }) {
  const response = await fetch(`${app.url}/metrics`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The value of one line, 0 where there is none. */
async function valueOf(name: string, labels: Record<string, string>): Promise<number> {
  const { text } = await read();
  const written = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && written.every((label) => each.includes(label)));
  return Number(line?.split(' ').at(-1) ?? 0);
}

test('whoever may read the counters gets them as Prometheus reads them', async () => {
  const key = await newApiKey(admin, { serviceAccountId: monitoring.clientId, scopes: ['metrics:read'] });
  const ways: Record<string, string>[] = [
    { authorization: monitoring.basic },
    { authorization: `Bearer ${await machineToken(app.url, monitoring)}` },
    { authorization: `Bearer ${key.secret}` },
    { 'x-api-key': key.secret },
  ];
  for (const way of ways) {
    const { status, headers, text } = await read(way);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toContain('no-store');
    expect(text).toMatch(/^# TYPE latchkey_http_answers_total counter$/m);
    expect(text).toMatch(/^latchkey_event_feed_current 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    for (const line of text.split('\n'))
      expect(line).toMatch(/^$|^# (?:HELP|TYPE) \w+ |^\w+(?:\{.*\})? \S+$/);
  }
});

test('nobody else gets them, a browser’s cookie least of all', async () => {
  const { client } = await newPerson(app);
  const cookie = `${app.services.cookies.nameOf('access')}=${admin.accessToken}`;
  const refusals: [Record<string, string>, number][] = [
    [{}, 401],
    [{ cookie }, 401],
    [{ authorization: 'Bearer nobody' }, 401],
    [{ authorization: 'Basic eDp5' }, 401],
    [{ authorization: `Bearer ${client.accessToken}` }, 403],
    [{ authorization: service.basic }, 403],
  ];
  for (const [headers, expected] of refusals) {
    const { status, text, headers: given } = await read(headers);
    expect([headers, status]).toEqual([headers, expected]);
    expect(given.has('www-authenticate')).toBe(status === 401);
    expect(text).not.toContain('latchkey_http');
  }
});

test('introspections, key checks and validations are counted, by kind and result', async () => {
  const asker = { authorization: service.basic };
  const key = await newApiKey(admin, {});
  const counts = async () =>
    await Promise.all([
      valueOf('latchkey_introspections_total', { token: 'token', result: 'active' }),
      valueOf('latchkey_introspections_total', { token: 'token', result: 'inactive' }),
      valueOf('latchkey_introspections_total', { token: 'api_key', result: 'active' }),
      valueOf('latchkey_introspections_total', { token: 'action', result: 'inactive' }),
      valueOf('latchkey_key_checks_total', { result: 'valid' }),
      valueOf('latchkey_key_checks_total', { result: 'invalid_api_key' }),
      valueOf('latchkey_validations_total', { principal: 'user', result: 'allowed' }),
      valueOf('latchkey_validations_total', { principal: 'user', result: 'permission' }),
      valueOf('latchkey_validations_total', { principal: 'api_key', result: 'freshness' }),
      valueOf('latchkey_validations_total', { principal: 'none', result: 'unauthenticated' }),
    ]);
  const before = await counts();
  for (const token of [admin.accessToken ?? '', 'garbage', key.secret, 'lka_x']) {
    expect((await introspect(app, { token }, asker)).status).toBe(200);
  }
  for (const presented of [key.secret, 'x']) await introspectJson(app, { api_key: presented }, asker);
  await admin.fetch('/auth/validate');
  await admin.fetch('/auth/validate?scope=no:such');
  await app.client().fetch('/auth/validate?max_auth_age=1', { headers: { 'x-api-key': key.secret } });
  await app.client().fetch('/auth/validate');
  const after = await counts();
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(after.map(() => 1));
});

test('answers are counted by the pattern of their route, never by what the client has written', async () => {
  await app.client().fetch('/auth/validate/canary-7f3a?canary-7f3b=canary-7f3c');
  await app.client().fetch(`/canary-7f3d/${'x'.repeat(500)}`);
  const before = await valueOf('latchkey_http_answers_total', { route: '/auth/validate', status: '4xx' });
  for (const method of ['GET', 'HEAD']) await app.client().fetch('/auth/validate', { method });
  expect(await valueOf('latchkey_http_answers_total', { route: '/auth/validate', status: '4xx' })).toBe(
    before + 2,
  );
  const { text } = await read();
  expect(text).not.toContain('canary');
  for (const secret of [admin.accessToken, admin.userId, service.clientId, monitoring.clientSecret]) {
    expect(text).not.toContain(secret);
  }
});

test('no introspection and no validation leaves a row in the audit trail or the event log', async () => {
  const key = await newApiKey(admin, {});
  const asker = { authorization: service.basic };
  const once = async () => {
    for (const token of [admin.accessToken ?? '', 'garbage', key.secret, 'lka_x']) {
      await introspect(app, { token }, asker);
    }
    await introspectJson(app, { api_key: key.secret }, asker);
    await introspect(app, { token: 'x' }, { authorization: 'Basic eDp5' });
    await admin.fetch('/auth/validate');
    await app.client().fetch('/auth/validate?scope=x', { headers: { 'x-api-key': key.secret } });
    await app.client().fetch('/auth/validate');
  };
  const rows = async () =>
    await sql(
      app,
      'select (select count(*) from audit_events) as audit, (select count(*) from event_log) as log',
    );
  await once();
  const before = await rows();
  await once();
  await once();
  expect(await rows()).toEqual(before);
});

test('the guide names every counter of ours, and no other', async () => {
  const { text } = await read();
  const ours = [...text.matchAll(/^# TYPE (latchkey_\w+) /gm)].map(([, name]) => name).toSorted(byName);
  const guide = readFileSync('docs/operations/metrics.md', 'utf8');
  const named = [...guide.matchAll(/^\| `(latchkey_\w+)/gm)].map(([, name]) => name).toSorted(byName);
  expect(named).toEqual(ours);
});

function byName(a = '', b = ''): number {
  return a.localeCompare(b);
}
