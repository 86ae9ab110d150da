import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import {
  addressOf,
  generousLimits,
  type Mailed,
  mailedVerification,
  type ProofInput,
  verifyEmail,
} from '../../support/email-flows.js';

const HOUR = 3600;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const ways: readonly [way: string, proof: (mailed: Mailed) => ProofInput][] = [
  ['the link', ({ token }) => ({ token })],
  ['the code', ({ challengeId, code }) => ({ challengeId, code })],
];

describe.each(ways)('%s of the mail', (_way, proofOf) => {
  test('proves the address, once, for whoever brings it', async () => {
    const { client, email, id } = await newPerson(app);
    const mailed = await mailedVerification(app, email);
    expect(await addressOf(client)).toEqual({ email, emailVerified: false });
    const answer = await verifyEmail(app.client(), proofOf(mailed));
    expect([answer.status, answer.data]).toEqual([200, { verifyEmail: { verified: true } }]);
    expect(await addressOf(client)).toEqual({ email, emailVerified: true });
    const again = await verifyEmail(app.client(), proofOf(mailed));
    expect([again.status, again.code]).toEqual([422, 'CHALLENGE_INVALID']);
    const names = await auditNamesOf(await app.adminClient(), id);
    expect(names.filter((name) => name === 'email.verified')).toHaveLength(1);
  });

  test('ends with the other way that the same mail offers', async () => {
    const mailed = await mailedVerification(app, (await newPerson(app)).email);
    expect((await verifyEmail(app.client(), proofOf(mailed))).errors).toEqual([]);
    for (const [, other] of ways) {
      expect((await verifyEmail(app.client(), other(mailed))).code).toBe('CHALLENGE_INVALID');
    }
  });

  test('succeeds for exactly one of thirty at once', async () => {
    const { client, email } = await newPerson(app);
    const mailed = await mailedVerification(app, email);
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => await verifyEmail(app.client(), proofOf(mailed))),
    );
    const codes = answers.map(({ code }) => code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    // Of codes, whichever are right, fifteen an hour are judged.
    const refused = codes.filter((code) => code !== undefined && code !== 'RATE_LIMITED');
    expect(new Set(refused)).toEqual(new Set(['CHALLENGE_INVALID']));
    expect(refused.length).toBeGreaterThanOrEqual(14);
    expect(await addressOf(client)).toEqual({ email, emailVerified: true });
  });

  test('is good for 24 hours', async () => {
    const inTime = await mailedVerification(app, (await newPerson(app)).email);
    clock.advance(24 * HOUR - 1);
    expect((await verifyEmail(app.client(), proofOf(inTime))).errors).toEqual([]);
    const late = await mailedVerification(app, (await newPerson(app)).email);
    clock.advance(24 * HOUR + 1);
    const answer = await verifyEmail(app.client(), proofOf(late));
    expect([answer.status, answer.code]).toEqual([422, 'CHALLENGE_EXPIRED']);
  });

  test('ends with the next mail', async () => {
    const { email } = await newPerson(app);
    const first = await mailedVerification(app, email);
    const second = await mailedVerification(app, email);
    expect((await verifyEmail(app.client(), proofOf(first))).code).toBe('CHALLENGE_INVALID');
    expect((await verifyEmail(app.client(), proofOf(second))).errors).toEqual([]);
  });

  test('proves nothing once the account has another address', async () => {
    const { email, id } = await newPerson(app);
    const mailed = await mailedVerification(app, email);
    const moved = newAddress();
    await sql(app, 'update users set email = ? where id = ?', [moved, id]);
    expect((await verifyEmail(app.client(), proofOf(mailed))).code).toBe('CHALLENGE_INVALID');
    const [row] = await sql(app, 'select email_verified_at from users where id = ?', [id]);
    expect(row).toEqual({ email_verified_at: null });
  });

  test('proves nothing of a closed account', async () => {
    const { email, id } = await newPerson(app);
    const mailed = await mailedVerification(app, email);
    await sql(app, "update users set status = 'deactivated' where id = ?", [id]);
    expect((await verifyEmail(app.client(), proofOf(mailed))).code).toBe('CHALLENGE_INVALID');
  });
});

test('link and code at once succeed together exactly once', async () => {
  const { token, challengeId, code } = await mailedVerification(app, (await newPerson(app)).email);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, n) =>
      verifyEmail(app.client(), n % 2 === 0 ? { token } : { challengeId, code }),
    ),
  );
  expect(answers.filter((answer) => answer.code === undefined)).toHaveLength(1);
});

test('a code is guessed five times, at once or not, and then the right one is refused too', async () => {
  const { challengeId, code, token } = await mailedVerification(app, (await newPerson(app)).email);
  const wrong = code === '000000' ? '000001' : '000000';
  const guesses = await Promise.all(
    Array.from({ length: 8 }, async () => await verifyEmail(app.client(), { challengeId, code: wrong })),
  );
  const codes = guesses.map((answer) => answer.code);
  expect(codes.filter((each) => each === 'CHALLENGE_INVALID')).toHaveLength(5);
  expect(codes.filter((each) => each === 'CHALLENGE_EXHAUSTED')).toHaveLength(3);
  const answer = await verifyEmail(app.client(), { challengeId, code });
  expect([answer.status, answer.code]).toEqual([429, 'CHALLENGE_EXHAUSTED']);
  expect((await verifyEmail(app.client(), { token })).errors).toEqual([]);
});

test('the code of one mail is nothing to the id of another', async () => {
  const mine = await mailedVerification(app, (await newPerson(app)).email);
  const yours = await mailedVerification(app, (await newPerson(app)).email);
  const { challengeId } = yours;
  if (mine.code === yours.code) return;
  expect((await verifyEmail(app.client(), { challengeId, code: mine.code })).code).toBe('CHALLENGE_INVALID');
});

test.each([
  {},
  { token: null },
  { code: '123456' },
  { challengeId: '01a202c3-07a9-7021-85c4-2b595e456aff' },
  { token: 'x', code: '123456' },
  { token: 'x', code: '123456', challengeId: '01a202c3-07a9-7021-85c4-2b595e456aff' },
])('neither way, or both, is refused: %o', async (input) => {
  const answer = await verifyEmail(app.client(), input);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test.each(['', 'x', 'x'.repeat(200), '0'.repeat(43)])('nobody’s token "%s" is refused', async (token) => {
  expect((await verifyEmail(app.client(), { token })).code).toBe('CHALLENGE_INVALID');
});
