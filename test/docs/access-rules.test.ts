import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAccessRules } from '../../src/features/access/rules/access-rules-module.js';
import { systemCaller } from '../../src/kernel/caller.js';
import { newPerson } from '../support/accounts.js';
import { type RuleModules, ruleModules } from '../support/access.js';
import { newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { fencedBlocks } from '../support/fenced-block.js';

const GUIDE = 'docs/guides/access-rules.md';
const [rules = '', service = '', ...others] = fencedBlocks(GUIDE, 'js');
const [frontend = '', why = ''] = fencedBlocks(GUIDE, 'graphql');

const DAY = 86_400;
const clock = new FakeClock();
let modules: RuleModules;
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  moveToMonday(10);
  modules = await ruleModules('accessRulesOfTheGuide');
  const permissions = [{ name: 'orders:refund', description: 'Give money back.' }];
  const permissionsFile = await modules.write(JSON.stringify(permissions));
  const rulesModule = await modules.write(rules);
  app = await startTestApp({
    clock,
    config: { access: { permissionsFile, rulesModule }, tokens: { accessTtlSeconds: 86_400 } },
  });
  admin = await app.adminClient();
});
afterAll(async () => {
  await app.close();
  await modules.remove();
});

/** Lets it be the next Monday at that hour (UTC). */
function moveToMonday(hour: number): void {
  const seconds = clock.now().getTime() / 1000;
  // 1970 began on a Thursday.
  const days = (((4 - Math.floor(seconds / DAY)) % 7) + 7) % 7 || 7;
  clock.advance(days * DAY - (seconds % DAY) + hour * 3600);
}

/** Somebody who may refund, let in by the system: the rule of the guide keeps the admin from it, who is not in the office. */
async function newClerk(): Promise<Client> {
  const { client, id } = await newPerson(app);
  const role = await newRole(app, ['orders:refund']);
  const { access, unitOfWork } = app.services;
  await unitOfWork.run(async (unit) => await access.assign(unit, systemCaller(), { kind: 'user', id }, role));
  return client;
}

test('the module of the guide loads, and its rules decide by hour, network and amount', async () => {
  const loaded = await loadAccessRules(await modules.write(rules));
  expect(loaded.map(({ name }) => name)).toEqual(['business-hours', 'office-network', 'large-refunds']);
  expect(others).toEqual([]);
  const clerk = await newClerk();
  expect((await clerk.send(frontend)).data).toEqual({
    mayRefund: { allowed: true, missing: null },
    mayDelete: { allowed: false, missing: { permission: 'users:deactivate', freshness: null } },
  });
  const giving = `mutation { createRole(input: { name: "x", description: "", permissions: [] }) { __typename } }`;
  const refused = await admin.send(giving);
  expect(refused.errors[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
    details: { missing: { rule: 'roles are changed from the office' } },
  });
  clock.advance(8 * 3600);
  const late = await newClerk();
  expect((await late.send(frontend)).data?.['mayRefund']).toEqual({
    allowed: false,
    missing: { permission: null, assurance: null, freshness: null, rule: 'a rule of the operator' },
  });
  moveToMonday(10);
});

test('the service of the guide refunds small orders of who may, and no others', async () => {
  const module = `data:text/javascript,${encodeURIComponent(service)}`;
  const { mayRefund } = (await import(module)) as {
    mayRefund: (url: string, token: string, order: object) => Promise<boolean>;
  };
  const clerk = await newClerk();
  const stranger = await newPerson(app);
  const ask = async (client: Client, amount: unknown) =>
    await mayRefund(app.url, client.accessToken ?? '', { id: '1042', amount });
  expect(await ask(clerk, 500)).toBe(true);
  expect(await ask(clerk, 501)).toBe(false);
  expect(await ask(clerk, '1')).toBe(false);
  expect(await ask(clerk, undefined)).toBe(false);
  expect(await ask(stranger.client, 1)).toBe(false);
  expect(await mayRefund(app.url, 'no token', { id: '1042', amount: 1 })).toBe(false);
});

test('the question of the guide is answered to who may ask it', async () => {
  admin = await app.adminClient();
  const { data, errors } = await admin.send(why);
  expect(errors).toEqual([]);
  expect(data?.['explainAccess']).toMatchObject({ allowed: false, because: null });
});
