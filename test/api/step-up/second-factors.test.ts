import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { codeIn, lastMailTo } from '../../support/mails.js';
import { addTotp, nextCode } from '../../support/second-factors.js';
import {
  challengeReauthentication,
  confirmAction,
  detailsOf,
  reauthenticate,
  requestedAction,
  shopConfig,
  STALE_SECONDS,
} from '../../support/step-up.js';

const EXPORT = '{ exportMyData { sections { table } } }';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: shopConfig });
});
afterAll(() => app.close());

/** As a sign-in on a trusted device leaves it: the account has a second factor, and the session has not proved it. */
async function withoutSecondFactor({ client }: Person): Promise<void> {
  const lacking = `update sessions set second_factor_at = null, acr = 'aal1', amr = '["pwd"]' where id = ?`;
  await sql(app, lacking, [claimsOf(client.accessToken).sid]);
  // What is known of the session is read anew.
  const input = { displayName: 'Somebody' };
  const text = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }';
  expect((await client.send(text, { input })).errors).toEqual([]);
}

async function addMailedCodes({ client, email, id }: Person): Promise<void> {
  await sql(app, 'update users set email_verified_at = ? where id = ?', [clock.now(), id]);
  const begun = await client.send('mutation { enrolEmailCode(input: {}) { challengeId } }');
  expect(begun.errors).toEqual([]);
  const { challengeId } = begun.data?.['enrolEmailCode'] ?? {};
  const input = { challengeId, code: codeIn(await lastMailTo(app, email)) };
  const confirm =
    'mutation ($input: ConfirmEmailCodeInput!) { confirmEmailCode(input: $input) { factor { id } } }';
  expect((await client.send(confirm, { input })).errors).toEqual([]);
}

test('a session that lacks the second factor is not fresh, and the password alone does not make it so', async () => {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  await withoutSecondFactor(person);
  const methods = [{ method: 'SECOND_FACTOR', kinds: ['TOTP', 'RECOVERY_CODE'] }];
  const refused = await person.client.send(EXPORT);
  expect([refused.code, detailsOf(refused)]).toEqual(['STEP_UP_REQUIRED', { methods }]);
  const alone = await reauthenticate(person.client, { password: PASSWORD });
  expect([alone.status, alone.code, detailsOf(alone)]).toEqual([403, 'STEP_UP_REQUIRED', { methods }]);
  expect((await person.client.send(EXPORT)).code).toBe('STEP_UP_REQUIRED');
  clock.advance(30);
  const proved = await reauthenticate(person.client, { kind: 'TOTP', code: nextCode(totp, clock) });
  expect(proved.errors).toEqual([]);
  expect(proved.data?.['reauthenticate']).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
  expect((await person.client.send(EXPORT)).errors).toEqual([]);
  const [session] = await sql(app, 'select opened_with from sessions where id = ?', [
    claimsOf(person.client.accessToken).sid,
  ]);
  expect(session?.['opened_with']).toContain(`totp:${totp.factorId}`);
});

test('neither does the password alone confirm an action there', async () => {
  const person = await newPerson(app);
  await addTotp(person.client, { time: clock });
  await withoutSecondFactor(person);
  const requestId = await requestedAction(person.client, { action: 'erase_account' });
  expect((await confirmAction(person.client, { requestId, password: PASSWORD })).code).toBe(
    'STEP_UP_REQUIRED',
  );
});

test('a code proves it once, and a wrong one not at all', async () => {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  clock.advance(STALE_SECONDS);
  const wrong = await reauthenticate(person.client, { kind: 'TOTP', code: '000000' });
  expect([wrong.status, wrong.code]).toEqual([401, 'FACTOR_REFUSED']);
  const code = nextCode(totp, clock);
  expect((await reauthenticate(person.client, { kind: 'TOTP', code })).errors).toEqual([]);
  expect((await reauthenticate(person.client, { kind: 'TOTP', code })).code).toBe('FACTOR_REFUSED');
});

test('a recovery code stands in, once', async () => {
  const person = await newPerson(app);
  const { recoveryCodes } = await addTotp(person.client, { time: clock });
  clock.advance(STALE_SECONDS);
  const answer = { kind: 'RECOVERY_CODE', code: recoveryCodes[0] };
  expect((await reauthenticate(person.client, answer)).errors).toEqual([]);
  expect((await reauthenticate(person.client, answer)).code).toBe('FACTOR_REFUSED');
});

test('a mailed code is good for what it was sent for: this session, or one action', async () => {
  const person = await newPerson(app);
  await addMailedCodes(person);
  const { client, email } = person;
  clock.advance(STALE_SECONDS);
  const requestId = await requestedAction(client, { action: 'erase_account' });
  const sentFor = async (input: object) => {
    const answer = await challengeReauthentication(client, { kind: 'EMAIL_CODE', ...input });
    expect(answer.errors).toEqual([]);
    const { challengeId } = answer.data?.['challengeReauthentication'] ?? {};
    return { kind: 'EMAIL_CODE', challengeId, code: codeIn(await lastMailTo(app, email)) };
  };
  const forSession = await sentFor({});
  expect((await confirmAction(client, { requestId, ...forSession })).code).toBe('FACTOR_REFUSED');
  const forAction = await sentFor({ requestId });
  expect((await reauthenticate(client, forAction)).code).toBe('FACTOR_REFUSED');
  expect((await confirmAction(client, { requestId, ...(await sentFor({ requestId })) })).errors).toEqual([]);
  expect((await reauthenticate(client, await sentFor({}))).errors).toEqual([]);
});

test('a code is not sent for a factor that the account lacks, nor for another’s request', async () => {
  const person = await newPerson(app);
  const none = await challengeReauthentication(person.client, { kind: 'EMAIL_CODE' });
  expect([none.status, none.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
  await addMailedCodes(person);
  const stranger = await newPerson(app);
  const requestId = await requestedAction(stranger.client, { action: 'erase_account' });
  const foreign = await challengeReauthentication(person.client, { kind: 'EMAIL_CODE', requestId });
  expect(foreign.code).toBe('ACTION_REQUEST_INVALID');
});

test('a code by mail does not lift the level of a session', async () => {
  const person = await newPerson(app);
  await addMailedCodes(person);
  await withoutSecondFactor(person);
  const { data } = await challengeReauthentication(person.client, { kind: 'EMAIL_CODE' });
  const { challengeId } = data?.['challengeReauthentication'] ?? {};
  const code = codeIn(await lastMailTo(app, person.email));
  const answer = await reauthenticate(person.client, { kind: 'EMAIL_CODE', challengeId, code });
  expect(answer.data?.['reauthenticate'].acr).toBe('aal1');
  expect((await person.client.send(EXPORT)).errors).toEqual([]);
});
