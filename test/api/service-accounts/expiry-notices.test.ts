import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { notifyExpiringClientSecretsJob } from '../../../src/features/service-accounts/notify-expiring-client-secrets.job.js';
import { clientSecretExpiryNoticed } from '../../../src/features/service-accounts/service-accounts.contract.js';
import type { DomainEvent } from '../../../src/kernel/event.js';
import { type Person, sql } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { mailsTo } from '../../support/mails.js';
import {
  createClientSecret,
  disableServiceAccount,
  newServiceAccount,
  revokeClientSecret,
  rotateClientSecret,
  updateServiceAccount,
} from '../../support/service-accounts.js';

const DAY = 86_400;

const clock = new FakeClock();
const events: DomainEvent[] = [];
let app: TestApp;
let admin: Client;
let maker: Person;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { freshSeconds: 400 * DAY, tokens: { accessTtlSeconds: 400 * DAY } },
  });
  app.services.bus.within(clientSecretExpiryNoticed, async (event) => void events.push(event));
});
afterAll(async () => await app.close());
beforeEach(async () => {
  admin = await app.adminClient();
  maker = await newMaker();
});

/** Delivered before the clock moves on: a mail whose lease has run out meanwhile is sent again. */
async function run(): Promise<void> {
  await notifyExpiringClientSecretsJob.run(app.services);
  await app.services.mails.idle();
}
const newMaker = async () => await newDelegate(app, admin, ['service_accounts:modify']);

/** A secret that somebody made for a new account of no roles. */
async function newSecret({ client }: Person, expiresInDays: number | null, input: object = {}) {
  const name = `orders-${randomBytes(6).toString('hex')}`;
  const { clientId } = await newServiceAccount(admin, { name, roles: [] });
  const wish = { serviceAccountId: clientId, name: 'blue', expiresInDays, ...input };
  const answer = await createClientSecret(client, wish);
  expect(answer.errors).toEqual([]);
  const { clientSecret, secret } = (answer.data ?? {})['createClientSecret'];
  return { account: name, clientId, id: clientSecret.id, expiresAt: clientSecret.expiresAt, secret };
}

/** How many days ahead somebody was told, in order. */
async function noticesTo({ email }: Person): Promise<number[]> {
  const mails = await mailsTo(app, email);
  return mails
    .filter(({ subject }) => subject.includes('client secret'))
    .map(({ text }) => Number(/in (\d+) days at most/.exec(text)?.[1]));
}

const eventsOf = (id: string) => events.filter(({ subject }) => subject.id === id);
const daysOf = (id: string) => eventsOf(id).map(({ payload }) => payload['days']);

test('who made a secret is told 14 and 3 days before it ends, once each, however often the job runs', async () => {
  const { account, secret } = await newSecret(maker, 30);
  await run();
  clock.advance(16 * DAY - 1);
  await run();
  expect(await noticesTo(maker)).toEqual([]);
  clock.advance(1);
  await Promise.all([run(), run()]);
  await run();
  expect(await noticesTo(maker)).toEqual([14]);
  clock.advance(11 * DAY);
  await Promise.all([run(), run()]);
  await run();
  expect(await noticesTo(maker)).toEqual([14, 3]);
  const mail = (await mailsTo(app, maker.email)).at(-1);
  expect(mail?.text).toContain(`“blue” of the service account “${account}”`);
  expect(JSON.stringify(mail)).not.toContain(secret.slice(4));
});

test('each notice is an event for machines, with its days and its end and nothing else', async () => {
  const { clientId, id, expiresAt } = await newSecret(maker, 20);
  clock.advance(6 * DAY);
  await Promise.all([run(), run()]);
  clock.advance(11 * DAY);
  await run();
  const payloads = [14, 3].map((days) => ({ serviceAccountId: clientId, days, expiresAt }));
  expect(eventsOf(id).map(({ payload }) => payload)).toEqual(payloads);
  const about = eventsOf(id).flatMap(({ userId, personal }) => [userId, ...Object.values(personal)]);
  expect(about.filter((fact) => fact !== null)).toEqual([]);
});

test.each([
  [1, []],
  [3, []],
  [4, [3]],
  [14, [3]],
  [15, [14, 3]],
])('a secret that lives for %i days is announced %j days before its end', async (expiresInDays, expected) => {
  const { id } = await newSecret(maker, expiresInDays);
  for (let hour = 0; hour <= expiresInDays * 4; hour += 1) {
    await run();
    clock.advance(DAY / 4);
  }
  expect([await noticesTo(maker), daysOf(id)]).toEqual([expected, expected]);
});

test('whoever has missed the first announcement gets the second, and not both at once', async () => {
  const { id } = await newSecret(maker, 30);
  clock.advance(28 * DAY);
  await run();
  expect([await noticesTo(maker), daysOf(id)]).toEqual([[3], [3]]);
});

test('nobody is told of a secret that does not expire, has ended or was replaced', async () => {
  const endless = await newSecret(maker, null);
  const ended = await newSecret(maker, 20);
  const replaced = await newSecret(maker, 20);
  const expired = await newSecret(maker, 5);
  expect((await revokeClientSecret(maker.client, ended.id)).errors).toEqual([]);
  const rotation = { clientSecretId: replaced.id, overlapSeconds: 7 * DAY, expiresInDays: 300 };
  expect((await rotateClientSecret(maker.client, rotation)).errors).toEqual([]);
  for (const days of [6, 11]) {
    clock.advance(days * DAY);
    await run();
  }
  expect(await noticesTo(maker)).toEqual([]);
  expect([endless, ended, replaced, expired].flatMap(({ id }) => eventsOf(id))).toEqual([]);
  const ids = [endless.id, ended.id, replaced.id, expired.id];
  const noticed = 'select id from client_secrets where noticed_days is not null and id in (?, ?, ?, ?)';
  expect(await sql(app, noticed, ids)).toEqual([]);
});

test('the secret in the place of another is announced to who replaced it', async () => {
  const { id } = await newSecret(maker, null);
  const other = await newMaker();
  const rotation = { clientSecretId: id, overlapSeconds: 0, expiresInDays: 20 };
  expect((await rotateClientSecret(other.client, rotation)).errors).toEqual([]);
  clock.advance(6 * DAY);
  await run();
  expect([await noticesTo(maker), await noticesTo(other)]).toEqual([[], [14]]);
});

test('no mail goes to an account that is closed, and machines hear of the secret all the same', async () => {
  const { id } = await newSecret(maker, 20);
  await changed(admin, 'deactivateUser', { userId: maker.id });
  clock.advance(6 * DAY);
  await run();
  expect([await noticesTo(maker), daysOf(id)]).toEqual([[], [14]]);
});

test('of the secrets of a disabled account somebody is told once it is enabled again', async () => {
  const { clientId, id } = await newSecret(maker, 20);
  await disableServiceAccount(admin, clientId);
  clock.advance(7 * DAY);
  await run();
  expect([await noticesTo(maker), daysOf(id)]).toEqual([[], []]);
  expect((await updateServiceAccount(admin, { id: clientId, enabled: true })).errors).toEqual([]);
  await run();
  expect([await noticesTo(maker), daysOf(id)]).toEqual([[14], [14]]);
});

test('more than fit into one transaction are all announced, once', async () => {
  const { clientId, id } = await newSecret(maker, 20);
  await sql(
    app,
    `insert into client_secrets (id, service_account_id, secret_hash, name, created_at, expires_at)
     select gen_random_uuid(), service_account_id, lpad(n::text, 64, '0'), 'many', created_at, expires_at
     from client_secrets, generate_series(1, 230) n where id = ?`,
    [id],
  );
  clock.advance(6 * DAY);
  await Promise.all([run(), run()]);
  const told = events.filter(({ payload }) => payload['serviceAccountId'] === clientId);
  expect([told.length, new Set(told.map(({ subject }) => subject.id)).size]).toEqual([231, 231]);
});
