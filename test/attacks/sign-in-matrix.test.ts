import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { loginLinksOn } from '../support/login-links.js';
import { newEntrant, type State, STATES, WAYS, type WayName } from '../support/sign-in-ways.js';

/** What each way comes to in each state, in the order of `STATES`. */
const EXPECTED: Readonly<Record<WayName, readonly string[]>> = {
  password: [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'EmailVerificationRequired',
    'INVALID_CREDENTIALS',
  ],
  'password, into cookies': [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'EmailVerificationRequired',
    'INVALID_CREDENTIALS',
  ],
  'password, over a websocket': [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'EmailVerificationRequired',
    'INVALID_CREDENTIALS',
  ],
  // A passkey that verifies its owner is two factors in one.
  passkey: [
    'LoginSucceeded',
    'LoginSucceeded',
    'LoginSucceeded',
    'TOO_MANY_ATTEMPTS',
    'EmailVerificationRequired',
    'INVALID_CREDENTIALS',
  ],
  // It proves the address, too.
  'a mailed link': [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'LoginSucceeded',
    'CHALLENGE_INVALID',
  ],
  'a mailed code': [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'LoginSucceeded',
    'CHALLENGE_INVALID',
  ],
  'password and a recovery code': [
    'LoginSucceeded',
    'LoginSucceeded',
    'SecondFactorEnrolmentRequired',
    'TOO_MANY_ATTEMPTS',
    'EmailVerificationRequired',
    'INVALID_CREDENTIALS',
  ],
  // A reset signs nobody in and takes no factor away; it unlocks, and proves the address.
  'a reset, and the new password': [
    'LoginSucceeded',
    'SecondFactorRequired',
    'SecondFactorEnrolmentRequired',
    'LoginSucceeded',
    'LoginSucceeded',
    'no mail',
  ],
  // A key is no session, and what limits guesses at passwords does not limit it.
  'an API key': ['api_key', 'api_key', 'api_key', 'api_key', 'api_key', 'API_KEY_INVALID'],
  // A session that proved less than the account asks for now has ended.
  'a refresh token': ['tokens', 'SESSION_EXPIRED', 'SESSION_EXPIRED', 'tokens', 'tokens', 'SESSION_EXPIRED'],
};

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  const config = { ...loginLinksOn, registration: { requireVerifiedEmail: true } };
  app = await startTestApp({ clock, config });
  admin = await app.adminClient();
});
afterAll(() => app.close());

const cells = (Object.keys(EXPECTED) as WayName[]).flatMap((way) =>
  STATES.map((state, place) => ({ way, state, expected: EXPECTED[way][place] ?? '' })),
);

describe('where the account is in the state', () => {
  test.each(cells)('$state, $way comes to $expected', async ({ way, state, expected }) => {
    const place = { app, admin, clock };
    const entrant = await newEntrant(place, state, way);
    const before = await sessionsOf(entrant.id);
    expect(await WAYS[way](place, entrant)).toBe(expected);
    const began = (await sessionsOf(entrant.id)) - before;
    expect(began, 'sessions that began').toBe(expected === 'LoginSucceeded' ? 1 : 0);
  });
});

test('no way and no state is missing', () => {
  expect(Object.keys(EXPECTED)).toEqual(Object.keys(WAYS));
  expect(cells).toHaveLength(Object.keys(WAYS).length * (STATES satisfies readonly State[]).length);
});

async function sessionsOf(userId: string): Promise<number> {
  return (await sql(app, 'select id from sessions where user_id = ?', [userId])).length;
}
