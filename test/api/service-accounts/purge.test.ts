import { afterAll, beforeAll, expect, test } from 'vitest';
import { purgeClientSecretsJob } from '../../../src/features/service-accounts/purge-client-secrets.job.js';
import { sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import {
  addSecret,
  machineToken,
  newServiceAccount,
  revokeClientSecret,
  viewerOf,
} from '../../support/service-accounts.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(async () => await app.close());

test('client secrets go 90 days after they were revoked or expired, with their tokens, and no other does', async () => {
  const service = await newServiceAccount(admin);
  const { clientId } = service;
  const revoked = await addSecret(admin, clientId);
  await machineToken(app.url, revoked);
  const brief = await addSecret(admin, clientId, { expiresInDays: 1 });
  await revokeClientSecret(admin, revoked.id);
  const left = async () => {
    await purgeClientSecretsJob.run(app.services);
    const rows = await sql(app, 'select id from client_secrets where service_account_id = ?', [clientId]);
    return rows.map(({ id }) => id);
  };
  clock.advance(90 * DAY - 1);
  expect(await left()).toHaveLength(3);
  clock.advance(2);
  expect(await left()).not.toContain(revoked.id);
  clock.advance(DAY);
  expect(await left()).not.toContain(brief.id);
  expect(await left()).toHaveLength(1);
  expect(await sql(app, 'select 1 from machine_tokens where service_account_id = ?', [clientId])).toEqual([]);
  expect(await viewerOf(app.client(), service.basic)).toBe(clientId);
});
