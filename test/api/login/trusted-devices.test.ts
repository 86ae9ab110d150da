import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimsOf, newPerson, sql } from '../../support/accounts.js';
import { changed, newDelegate, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';
import { addTotp, newRecoveryCodes, nextCode, removeFactor } from '../../support/second-factors.js';
import { attemptOf, firstStep, type Guarded, newGuarded, signInGuarded } from '../../support/second-step.js';

const DAY = 86_400;
const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** Somebody who has signed in on a browser and trusted it. */
async function newTrusting(): Promise<Guarded> {
  const person = await newGuarded(app, clock);
  await signInGuarded(person, { trustDevice: true });
  return person;
}

/** What a password leads to on that browser. */
async function passwordLeadsTo(person: Guarded, browser = person.browser): Promise<string> {
  const anonymous = withoutTokens(browser);
  return (await firstStep(anonymous, person)).data?.['login']?.__typename;
}

/** The same browser before anybody signs in: its cookies alone. */
function withoutTokens(browser: Browser): Browser {
  const copy = new Browser(browser.url);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

async function devicesOf(client: Client): Promise<{ id: string; label: string; expiresAt: string }[]> {
  const { data, errors } = await client.send(
    '{ viewer { user { trustedDevices { id label createdAt lastUsedAt expiresAt } } } }',
  );
  expect(errors).toEqual([]);
  return data?.['viewer'].user.trustedDevices;
}

async function revoke(client: Client, id: string) {
  return await client.send(
    'mutation ($input: RevokeTrustedDeviceInput!) { revokeTrustedDevice(input: $input) { id } }',
    { input: { id } },
  );
}

test('a trusted device is spared the second step for 30 days, on that browser alone, and its owner is told', async () => {
  const person = await newTrusting();
  expect(await passwordLeadsTo(person)).toBe('LoginSucceeded');
  expect(await passwordLeadsTo(person, new Browser(app.url))).toBe('SecondFactorRequired');
  const subjects = (await mailsTo(app, person.email)).map(({ subject }) => subject);
  expect(subjects).toContainEqual(expect.stringContaining('A device is trusted'));
  clock.advance(30 * DAY + 1);
  expect(await passwordLeadsTo(person)).toBe('SecondFactorRequired');
});

test('a sign-in that does not ask for it trusts nothing', async () => {
  const person = await newGuarded(app, clock);
  await signInGuarded(person);
  expect(await devicesOf(person.browser)).toEqual([]);
  expect(await passwordLeadsTo(person)).toBe('SecondFactorRequired');
});

test('a session opened on trust is not fresh: what asks for a step-up asks for the factor', async () => {
  const person = await newTrusting();
  const browser = withoutTokens(person.browser);
  const { data } = await firstStep(browser, person);
  const { tokens } = data?.['login'] ?? {};
  expect(claimsOf(tokens.accessToken)).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
  browser.accessToken = tokens.accessToken;
  expect((await removeFactor(browser, person.totp.factorId)).code).toBe('STEP_UP_REQUIRED');
});

test('the id in a cookie that somebody else has put there is never the one that is trusted', async () => {
  const person = await newGuarded(app, clock);
  const attacker = await newGuarded(app, clock);
  await signInGuarded(attacker);
  const planted = withoutTokens(attacker.browser);
  for (const [name, value] of planted.cookies) person.browser.cookies.set(name, value);
  await signInGuarded(person, { trustDevice: true });
  expect(await passwordLeadsTo(person)).toBe('LoginSucceeded');
  expect(await passwordLeadsTo(person, planted)).toBe('SecondFactorRequired');
});

test('another account on a trusted device is asked all the same', async () => {
  const person = await newTrusting();
  const other = await newGuarded(app, clock);
  expect(await passwordLeadsTo(other, person.browser)).toBe('SecondFactorRequired');
});

describe('holders of permissions', () => {
  test('trust no device', async () => {
    const delegate = await newDelegate(app, await app.adminClient(), ['users:read']);
    const totp = await addTotp(delegate.client, { time: clock });
    const code = () => {
      clock.advance(60);
      return nextCode(totp, clock);
    };
    const person = { ...delegate, totp, browser: new Browser(app.url), code };
    await signInGuarded(person, { trustDevice: true });
    expect(await devicesOf(person.browser)).toEqual([]);
    expect(await passwordLeadsTo(person)).toBe('SecondFactorRequired');
  });

  test('are asked on a device that they trusted before they were given power', async () => {
    const person = await newTrusting();
    const role = await newRole(app, ['users:read']);
    await changed(await app.adminClient(), 'assignRole', { userId: person.id, role });
    expect(await passwordLeadsTo(person)).toBe('SecondFactorRequired');
  });
});

describe('trust ends', () => {
  test('for the device that its owner revokes, and for no other', async () => {
    const person = await newTrusting();
    const second = new Browser(app.url);
    await signInGuarded(person, { browser: second, trustDevice: true });
    const [newest, oldest] = await devicesOf(person.browser);
    expect((await revoke(person.browser, newest?.id ?? '')).errors).toEqual([]);
    expect((await revoke(person.browser, newest?.id ?? '')).code).toBe('TRUSTED_DEVICE_NOT_FOUND');
    expect(await devicesOf(person.browser)).toEqual([expect.objectContaining({ id: oldest?.id })]);
    expect(await passwordLeadsTo(person, second)).toBe('SecondFactorRequired');
    expect(await passwordLeadsTo(person)).toBe('LoginSucceeded');
  });

  test('not by the hand of anybody else, who does not see the device either', async () => {
    const person = await newTrusting();
    const [device] = await devicesOf(person.browser);
    const [other, admin] = [await newPerson(app), await app.adminClient()];
    for (const client of [other.client, admin]) {
      expect((await revoke(client, device?.id ?? '')).code).toBe('TRUSTED_DEVICE_NOT_FOUND');
    }
    const seen = await admin.send('query ($id: UUID!) { user(id: $id) { trustedDevices { id } } }', {
      id: person.id,
    });
    expect(seen.code).toBe('FORBIDDEN');
    expect(await passwordLeadsTo(person)).toBe('LoginSucceeded');
  });

  const changes: Readonly<Record<string, (person: Guarded) => Promise<unknown>>> = {
    'new recovery codes': async ({ browser }) => await newRecoveryCodes(browser),
    'a factor that is removed': async ({ browser }) => {
      const other = await addTotp(browser, { time: clock, name: 'Another' });
      expect((await removeFactor(browser, other.factorId)).errors).toEqual([]);
    },
    'an admin’s new password': async ({ id }) => {
      const admin = await app.adminClient();
      const answer = await admin.send(
        'mutation ($input: SetUserPasswordInput!) { setUserPassword(input: $input) { __typename } }',
        { input: { userId: id, newPassword: 'nine quiet lamps by the river' } },
      );
      expect(answer.errors).toEqual([]);
    },
    'a deactivation': async ({ id }) => {
      const fresh = await app.adminClient();
      await changed(fresh, 'deactivateUser', { userId: id, reason: 'a test' });
      await changed(fresh, 'reactivateUser', { userId: id });
    },
  };
  test.each(Object.entries(changes))('for all devices by %s', async (_name, change) => {
    const person = await newTrusting();
    clock.advance(60);
    await change(person);
    expect(await sql(app, 'select 1 from trusted_devices where user_id = ?', [person.id])).toEqual([]);
  });
});

test('an account keeps its twenty newest', async () => {
  const person = await newGuarded(app, clock);
  const values = [person.id, clock.now().toISOString()];
  await sql(
    app,
    `insert into trusted_devices (id, user_id, device_hash, label, created_at, last_used_at, expires_at)
     select gen_random_uuid(), ?, md5(n::text) || md5(n::text), 'Older', moment, moment, moment + interval '1 day'
     from generate_series(1, 20) n, (select ?::timestamptz - interval '1 hour' as moment) past`,
    values,
  );
  await signInGuarded(person, { trustDevice: true });
  expect(await sql(app, 'select 1 from trusted_devices where user_id = ?', [person.id])).toHaveLength(20);
  expect(await passwordLeadsTo(person)).toBe('LoginSucceeded');
});

test('the operator’s 0 trusts no device', async () => {
  const strict = await startTestApp({ clock, config: { mfa: { trustedDeviceSeconds: 0 } } });
  try {
    const other = await newGuarded(strict, clock);
    await signInGuarded(other, { trustDevice: true });
    expect(await sql(strict, 'select 1 from trusted_devices')).toEqual([]);
    expect(await attemptOf(withoutTokens(other.browser), other)).not.toBe('');
  } finally {
    await strict.close();
  }
});
