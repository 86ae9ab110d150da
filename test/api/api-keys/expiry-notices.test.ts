import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { notifyExpiringApiKeysJob } from '../../../src/features/api-keys/notify-expiring-api-keys.job.js';
import { purgeApiKeysJob } from '../../../src/features/api-keys/purge-api-keys.job.js';
import { newPerson, newService, type Person, sql } from '../../support/accounts.js';
import { changed, newDelegate } from '../../support/admins.js';
import { newApiKey, revokeApiKey, rotatedApiKey } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { mailsTo } from '../../support/mails.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { freshSeconds: 400 * DAY, tokens: { accessTtlSeconds: 400 * DAY } },
  });
});
afterAll(async () => await app.close());
beforeEach(async () => {
  admin = await app.adminClient();
});

/** Delivered before the clock moves on: a mail whose lease has run out meanwhile is sent again. */
async function run(): Promise<void> {
  await notifyExpiringApiKeysJob.run(app.services);
  await app.services.mails.idle();
}
/** How many days ahead somebody was told, in order. */
async function noticesTo({ email }: Person): Promise<number[]> {
  const mails = await mailsTo(app, email);
  return mails
    .filter(({ subject }) => subject.includes('about to expire'))
    .map(({ text }) => Number(/in (\d+) days at most/.exec(text)?.[1]));
}

test('the owner is told 14 and 3 days before a key ends, once each, however often the job runs', async () => {
  const person = await newPerson(app);
  const key = await newApiKey(person.client, { name: 'nightly report', expiresInDays: 30 });
  await run();
  clock.advance(16 * DAY - 1);
  await run();
  expect(await noticesTo(person)).toEqual([]);
  clock.advance(1);
  await Promise.all([run(), run()]);
  await run();
  expect(await noticesTo(person)).toEqual([14]);
  clock.advance(11 * DAY);
  await Promise.all([run(), run()]);
  await run();
  expect(await noticesTo(person)).toEqual([14, 3]);
  const mail = (await mailsTo(app, person.email)).at(-1);
  expect(mail?.text).toContain('nightly report');
  expect(mail?.text).not.toContain(key.secret.slice(8));
});

test.each([
  [1, []],
  [3, []],
  [4, [3]],
  [14, [3]],
  [15, [14, 3]],
])('a key that lives for %i days is announced %j days before its end', async (expiresInDays, expected) => {
  const person = await newPerson(app);
  await newApiKey(person.client, { expiresInDays });
  for (let hour = 0; hour <= expiresInDays * 4; hour += 1) {
    await run();
    clock.advance(DAY / 4);
  }
  expect(await noticesTo(person)).toEqual(expected);
});

test('whoever has missed the first announcement gets the second, and not both at once', async () => {
  const person = await newPerson(app);
  await newApiKey(person.client, { expiresInDays: 30 });
  clock.advance(28 * DAY);
  await run();
  expect(await noticesTo(person)).toEqual([3]);
});

test('nobody is told of a key that has ended, was replaced, or whose owner is closed', async () => {
  const [person, closed] = [await newPerson(app), await newPerson(app)];
  const ended = await newApiKey(person.client, { expiresInDays: 20 });
  const replaced = await newApiKey(person.client, { expiresInDays: 20 });
  const closedKey = await newApiKey(closed.client, { expiresInDays: 20 });
  await revokeApiKey(person.client, ended.id);
  await rotatedApiKey(person.client, { apiKeyId: replaced.id, overlapSeconds: 7 * DAY, expiresInDays: 300 });
  await sql(app, `update users set status = 'deactivated' where id = ?`, [closed.id]);
  for (const days of [6, 10]) {
    clock.advance(days * DAY);
    await run();
  }
  expect([await noticesTo(person), await noticesTo(closed)]).toEqual([[], []]);
  const noticed = await sql(
    app,
    'select id from api_keys where noticed_days is not null and id in (?, ?, ?)',
    [ended.id, replaced.id, closedKey.id],
  );
  expect(noticed).toEqual([]);
});

test('of a machine’s key whoever made it is told, as long as their account is open', async () => {
  const [maker, gone] = [
    await newDelegate(app, admin, ['api_keys:create']),
    await newDelegate(app, admin, ['api_keys:create']),
  ];
  const { clientId: serviceAccountId } = await newService(admin, { roles: [] });
  await newApiKey(maker.client, { serviceAccountId, expiresInDays: 20 });
  const { id: other } = await newApiKey(gone.client, { serviceAccountId, expiresInDays: 20 });
  await changed(admin, 'deactivateUser', { userId: gone.id });
  clock.advance(10 * DAY);
  await run();
  expect([await noticesTo(maker), await noticesTo(gone)]).toEqual([[14], []]);
  expect(await sql(app, 'select noticed_days from api_keys where id = ?', [other])).toEqual([
    { noticed_days: 14 },
  ]);
});

test('keys that ended three months ago are deleted, and no others', async () => {
  const person = await newPerson(app);
  const [ended, expired, live] = [
    await newApiKey(person.client),
    await newApiKey(person.client, { expiresInDays: 1 }),
    await newApiKey(person.client, { expiresInDays: 200 }),
  ];
  await revokeApiKey(person.client, ended.id);
  const left = async () => {
    await purgeApiKeysJob.run(app.services);
    const rows = await sql(app, 'select id from api_keys where owner_id = ? order by id', [person.id]);
    return rows.map(({ id }) => id);
  };
  clock.advance(90 * DAY);
  expect(await left()).toEqual([ended.id, expired.id, live.id]);
  clock.advance(1);
  expect(await left()).toEqual([expired.id, live.id]);
  clock.advance(DAY);
  expect(await left()).toEqual([live.id]);
});
