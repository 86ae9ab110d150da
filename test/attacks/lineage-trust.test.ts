import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/kernel/id.js';
import { anotherDevice, newPerson, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { isAlive, revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import { addPasskey } from '../support/passkeys.js';
import {
  addEmailCode,
  addTotp,
  answerLogin,
  beginLogin,
  mailedAnswer,
  removeFactor,
} from '../support/second-factors.js';
import {
  attemptOf,
  firstStep,
  type Guarded,
  newGuarded,
  signInGuarded,
  verifyFactor,
} from '../support/second-step.js';
import { totpCode } from '../support/totp.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(() => app.close());

/** Signs in by the password alone, on the device that `browser` has made trusted. */
async function onTrust(browser: Browser, person: Guarded): Promise<Browser> {
  const again = new Browser(browser.url);
  for (const [name, value] of browser.cookies) again.cookies.set(name, value);
  const { data } = await firstStep(again, person);
  expect(data?.['login']?.__typename).toBe('LoginSucceeded');
  again.accessToken = data?.['login'].tokens.accessToken;
  return again;
}

async function signedIn(person: Guarded, input: object = {}): Promise<Browser> {
  const browser = new Browser(app.url);
  await signInGuarded(person, { browser, ...input });
  return browser;
}

const devicesOf = async (userId: string) =>
  await sql(app, 'select id, created_by_session_id from trusted_devices where user_id = ?', [userId]);

test('what came in on the trust that an intruder’s session gave a device ends with it', async () => {
  const person = await newGuarded(app, clock);
  const intruder = await signedIn(person, { trustDevice: true });
  const again = await onTrust(intruder, person);
  const [device] = await devicesOf(person.id);
  const [session] = await sql(app, 'select opened_with, created_by_session_id from sessions where id = ?', [
    sessionOf(again),
  ]);
  expect(session?.['opened_with']).toContain(`trusted_device:${String(device?.['id'])}`);
  expect(session?.['created_by_session_id']).toBe(sessionOf(intruder));
  const owner = await signedIn(person);
  const answer = await revokeEverythingFrom(owner, sessionOf(intruder));
  const { revoked } = answer.data?.['revokeEverythingFrom'] ?? {};
  expect(revoked.map(({ id }: { id: string }) => id)).toEqual([device?.['id']]);
  expect([await isAlive(again), await isAlive(owner)]).toEqual([false, true]);
});

test('what was opened on trust ends when the factor goes that the trust was won with, but for whoever took it', async () => {
  const person = await newGuarded(app, clock);
  await signInGuarded(person);
  const planted = await addTotp(person.browser, { time: clock, name: 'Intruder' });
  clock.advance(60);
  const intruder = new Browser(app.url);
  const attemptToken = await attemptOf(intruder, person);
  const code = totpCode(planted.secret, clock.now());
  expect((await verifyFactor(intruder, { attemptToken, code, trustDevice: true })).errors).toEqual([]);
  const again = await onTrust(intruder, person);
  const owner = await signedIn(person);
  expect((await removeFactor(owner, planted.factorId)).errors).toEqual([]);
  expect([await isAlive(again), await isAlive(owner)]).toEqual([false, true]);
});

test('a device that its owner distrusts takes along what was opened on it, but the session that asks', async () => {
  const person = await newGuarded(app, clock);
  const first = await signedIn(person, { trustDevice: true });
  const [one, other] = [await onTrust(first, person), await onTrust(first, person)];
  const [device] = await devicesOf(person.id);
  const answer = await one.send(
    `mutation ($input: RevokeTrustedDeviceInput!) { revokeTrustedDevice(input: $input) { __typename } }`,
    { input: { id: device?.['id'] } },
  );
  expect(answer.errors).toEqual([]);
  expect([await isAlive(one), await isAlive(other), await isAlive(first)]).toEqual([true, false, true]);
});

test('one trusted device more than an account may have ends no session', async () => {
  const person = await newGuarded(app, clock);
  const first = await signedIn(person, { trustDevice: true });
  const again = await onTrust(first, person);
  for (let more = 0; more < 20; more += 1) {
    const row = [newId(), person.id, `hash ${more}`];
    await sql(
      app,
      `insert into trusted_devices (id, user_id, device_hash, label, created_at, last_used_at, expires_at)
       select ?, ?, ?, 'x', created_at + interval '1 second', last_used_at, expires_at from trusted_devices
       where user_id = '${person.id}' limit 1`,
      row,
    );
  }
  clock.advance(60);
  await signedIn(person, { trustDevice: true });
  expect(await isAlive(again)).toBe(true);
});

test('undoing an intruder’s work leaves the devices trusted that others than the intruder had trusted', async () => {
  const person = await newGuarded(app, clock);
  const intruder = await signedIn(person);
  const owner = await signedIn(person, { trustDevice: true });
  await addPasskey(intruder, new VirtualAuthenticator(), { name: 'Intruder' });
  const answer = await revokeEverythingFrom(owner, sessionOf(intruder));
  const { revoked } = answer.data?.['revokeEverythingFrom'] ?? {};
  expect(revoked.map(({ kind }: { kind: string }) => kind)).toEqual(['passkey']);
  expect(await devicesOf(person.id)).toHaveLength(1);
  expect(await isAlive(await onTrust(owner, person))).toBe(true);
});

test('a code by mail proves the mailbox, whoever turned that on: what came in by it is nobody else’s work', async () => {
  const person = await newPerson(app);
  await sql(app, 'update users set email_verified_at = now() where id = ?', [person.id]);
  const intruder = await anotherDevice(app, person);
  await addEmailCode(app, { ...person, client: intruder });
  const signIn = async () => {
    const half = await beginLogin(app, person);
    const answer = await answerLogin(half, {
      kind: 'EMAIL_CODE',
      ...(await mailedAnswer(app, half, person)),
    });
    expect(answer.errors).toEqual([]);
    return half.client;
  };
  const phone = await signIn();
  const { id: keyId } = await newApiKey(phone);
  const laptop = await signIn();
  const answer = await revokeEverythingFrom(laptop, sessionOf(intruder));
  const told = answer.data?.['revokeEverythingFrom'];
  expect(told.revoked.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual([
    'email_code',
    'recovery_code',
  ]);
  expect(told.endedSessionIds).toEqual([sessionOf(intruder)]);
  const [key] = await sql(app, 'select revoked_at from api_keys where id = ?', [keyId]);
  expect([await isAlive(phone), key]).toEqual([true, { revoked_at: null }]);
});
