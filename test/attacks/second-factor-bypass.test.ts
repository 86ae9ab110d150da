import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { newService, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { listen } from '../support/listener.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { NEW_PASSWORD, requestReset, reset } from '../support/passwords.js';
import { fuzzedFields, withValueAt } from '../support/schema-fuzz.js';
import { enrolTotp } from '../support/second-factors.js';
import {
  attemptOf,
  completeLogin,
  firstStep,
  type Guarded,
  newGuarded,
  signInGuarded,
  verifyFactor,
} from '../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** Everything that opens the account or could be made to, as the database has it. */
async function credentialsOf({ id }: Guarded): Promise<unknown> {
  const tables = [
    'sessions',
    'passwords',
    'totp_factors',
    'passkeys',
    'email_code_factors',
    'recovery_codes',
  ];
  const read = [...tables, 'trusted_devices'].map(
    async (table) => await sql(app, `select * from ${table} where user_id = ? order by 1`, [id]),
  );
  const keys = sql(app, 'select * from api_keys where owner_id = ?', [id]);
  return await Promise.all([
    ...read,
    keys,
    sql(app, 'select email, factor_kinds from users where id = ?', [id]),
  ]);
}

describe('the token of a sign-in that waits for its second step', () => {
  test('is no access token, no cookie, no refresh token, nothing to validate or introspect, and opens no socket', async () => {
    const person = await newGuarded(app, clock);
    const token = await attemptOf(person.browser, person);
    const client = app.client();
    const authorization = `Bearer ${token}`;
    expect(
      (await client.send('{ viewer { id } }', {}, { authorization })).data?.['viewer'] ?? null,
    ).toBeNull();
    expect((await client.fetch('/auth/validate', { headers: { authorization } })).status).toBe(401);
    expect((await client.refresh(token)).code).toBe('REFRESH_INVALID');
    for (const header of ['x-api-key', 'x-action-token']) {
      const { data, code } = await client.send('{ viewer { id } }', {}, { [header]: token });
      expect(data?.['viewer'] ?? null, `${header}: ${code}`).toBeNull();
    }
    const { basic } = await newService(await app.adminClient());
    const introspected = await client.fetch('/auth/introspect', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: basic },
      body: new URLSearchParams({ token }).toString(),
    });
    expect(await introspected.json()).toEqual({ active: false });
    const listener = await listen(app, client, { authorization });
    expect(await listener.closed).toBe(4401);

    const stolen = new Browser(app.url);
    const device = [...person.browser.cookies][0]?.[0] ?? '';
    for (const role of ['access', 'refresh', 'csrf']) {
      stolen.cookies.set(device.replace(/device$/, role), token);
    }
    expect((await stolen.send('{ viewer { id } }')).data?.['viewer'] ?? null).toBeNull();
    expect((await stolen.renew()).errors).toHaveLength(1);
  });

  test('changes nothing at any place of any mutation, as a credential or as an input, and is still good for its own', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const before = await credentialsOf(person);
    const mutations = fuzzedFields(schemaOfAllFeatures()).filter(({ kind }) => kind === 'mutation');
    expect(mutations.length).toBeGreaterThan(50);
    for (const { name, query, variables, places } of mutations) {
      if (name === 'Mutation.verifySecondFactor' || name === 'Mutation.challengeSecondFactor') continue;
      const tries = [variables, ...places.map((place) => withValueAt(variables, place, attemptToken))];
      for (const each of tries) {
        await person.browser.send(query, each, { authorization: `Bearer ${attemptToken}` });
        await person.browser.send(query, each);
      }
    }
    expect(await credentialsOf(person)).toEqual(before);
    const answer = await verifyFactor(person.browser, { attemptToken, code: person.code() });
    expect(answer.data?.['verifySecondFactor'].__typename).toBe('LoginSucceeded');
  }, 180_000);

  test('enrols no factor of somebody who knows the password alone', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    const before = await credentialsOf(person);
    expect((await enrolTotp(person.browser, { attemptToken })).code).toBe('ATTEMPT_INVALID');
    for (const [field, input] of [
      ['enrolPasskey', { name: 'Mine', attemptToken }],
      ['enrolEmailCode', { attemptToken }],
    ] as const) {
      const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
      expect((await person.browser.send(query, { input })).code, field).toBe('ATTEMPT_INVALID');
    }
    expect((await completeLogin(person.browser, { attemptToken })).code).toBe('ATTEMPT_INVALID');
    expect(await credentialsOf(person)).toEqual(before);
  });
});

describe('the second step is asked for', () => {
  test('by an answer to the first that holds nothing to go on with but the attempt and a device', async () => {
    const person = await newGuarded(app, clock);
    const answer = await firstStep(person.browser, person);
    expect(JSON.stringify(answer.data)).not.toMatch(/accessToken|refreshToken|csrf/i);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    const thief = new Browser(app.url);
    for (const [name, value] of person.browser.cookies) thief.cookies.set(name, value);
    expect((await thief.send('{ viewer { id } }')).data?.['viewer'] ?? null).toBeNull();
    expect((await firstStep(thief, person)).data?.['login'].__typename).toBe('SecondFactorRequired');
  });

  test('after a reset of the password, which opens nothing and takes no factor away', async () => {
    const person = await newGuarded(app, clock);
    await sql(app, 'update users set email_verified_at = now() where id = ?', [person.id]);
    await requestReset(app.client(), person.email);
    expect((await reset(app.client(), tokenIn(await lastMailTo(app, person.email)))).errors).toEqual([]);
    const answer = await firstStep(person.browser, { email: person.email, password: NEW_PASSWORD });
    expect(answer.data?.['login'].__typename).toBe('SecondFactorRequired');
  });

  test('on a browser and network on which the person has signed in before', async () => {
    const person = await newGuarded(app, clock);
    await signInGuarded(person);
    person.browser.accessToken = undefined;
    expect((await firstStep(person.browser, person)).data?.['login'].__typename).toBe('SecondFactorRequired');
  });

  test('and is not answered by the factor of another account', async () => {
    const [person, other] = [await newGuarded(app, clock), await newGuarded(app, clock)];
    const attemptToken = await attemptOf(person.browser, person);
    const answer = await verifyFactor(person.browser, { attemptToken, code: other.code() });
    expect(answer.code).toBe('FACTOR_REFUSED');
    const recovery = { attemptToken, kind: 'RECOVERY_CODE', code: other.totp.recoveryCodes[0] };
    expect((await verifyFactor(person.browser, recovery)).code).toBe('FACTOR_REFUSED');
  });

  test('of an account that is locked, where the right code is refused too', async () => {
    const person = await newGuarded(app, clock);
    const attemptToken = await attemptOf(person.browser, person);
    for (let each = 0; each < 5; each += 1) {
      await verifyFactor(person.browser, { attemptToken, code: 'wrong' });
    }
    const { totp } = person;
    const input = { attemptToken, kind: 'RECOVERY_CODE', code: totp.recoveryCodes[0] };
    expect((await verifyFactor(person.browser, input)).code).toBe('TOO_MANY_ATTEMPTS');
  });
});
