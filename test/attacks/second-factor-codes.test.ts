import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RecoveryCodeFactor } from '../../src/features/mfa/factors/recovery-code/recovery-code.factor.js';
import { systemCaller } from '../../src/kernel/caller.js';
import { type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits, newVerifiedPerson } from '../support/email-flows.js';
import {
  addEmailCode,
  addTotp,
  answerLogin,
  beginLogin,
  confirmEmailCode,
  enrolEmailCode,
  type HalfLogin,
  mailedAnswer,
} from '../support/second-factors.js';
import { totpCode } from '../support/totp.js';

// Whoever has the password is left with a million codes. Five tries at each that is mailed, twenty an hour at all that
// the account can be proved with, whichever door they come through: so many, and then the right one is refused too.

const clock = new FakeClock();
const lockout = { threshold: 100 };
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, lockout } });
});
afterAll(() => app.close());

const VERIFY = `mutation ($input: VerifySecondFactorInput!) {
  verifySecondFactor(input: $input) { __typename } }`;

/** Six digits that are not the code. */
const not = (code: string, n: number): string => String((Number(code) + 1 + n) % 1_000_000).padStart(6, '0');

async function mailed(person: Person) {
  const login = await beginLogin(app, person);
  return { login, ...(await mailedAnswer(app, login, person)) };
}

async function withEmailCode(): Promise<Person> {
  const person = await newVerifiedPerson(app);
  await addEmailCode(app, person);
  return person;
}

describe('a mailed code', () => {
  test('takes five tries, and then refuses the right one', async () => {
    const { login, challengeId, code } = await mailed(await withEmailCode());
    const tryCode = async (guess: string) =>
      (await answerLogin(login, { kind: 'EMAIL_CODE', challengeId, code: guess })).code;
    for (let n = 0; n < 5; n += 1) expect(await tryCode(not(code, n))).toBe('FACTOR_REFUSED');
    expect(await tryCode(code)).toBe('CHALLENGE_EXHAUSTED');
  });

  test('takes five tries when they come at once', async () => {
    const person = await withEmailCode();
    const { login, challengeId, code } = await mailed(person);
    await Promise.all(
      Array.from({ length: 9 }, (_, n) =>
        answerLogin(login, { kind: 'EMAIL_CODE', challengeId, code: not(code, n) }),
      ),
    );
    const [row] = await sql(app, 'select attempts from challenges where id = ?', [challengeId]);
    expect(row?.['attempts']).toBe(5);
  });

  test('works once, and for ten minutes', async () => {
    const person = await withEmailCode();
    const first = await mailed(person);
    const answer = { kind: 'EMAIL_CODE', challengeId: first.challengeId, code: first.code };
    expect((await answerLogin(first.login, answer)).errors).toEqual([]);
    expect((await answerLogin(await beginLogin(app, person), answer)).code).toBe('FACTOR_REFUSED');
    const late = await mailed(person);
    const login = await beginLogin(app, person);
    clock.advance(601);
    const refused = await answerLogin(login, {
      kind: 'EMAIL_CODE',
      challengeId: late.challengeId,
      code: late.code,
    });
    expect(refused.code).toBe('ATTEMPT_INVALID');
  });

  test('expires by itself, also where the sign-in it was mailed for is younger', async () => {
    const person = await withEmailCode();
    const { login, challengeId, code } = await mailed(person);
    await sql(app, 'update challenges set expires_at = ? where id = ?', [clock.now(), challengeId]);
    const refused = await answerLogin(login, { kind: 'EMAIL_CODE', challengeId, code });
    expect([refused.status, refused.code]).toEqual([422, 'CHALLENGE_EXPIRED']);
  });

  test('is worth nothing for another sign-in, another person, or an enrolment', async () => {
    const [person, other] = [await withEmailCode(), await withEmailCode()];
    const { challengeId, code } = await mailed(person);
    const answer = { kind: 'EMAIL_CODE', challengeId, code };
    expect((await answerLogin(await beginLogin(app, other), answer)).code).toBe('FACTOR_REFUSED');
    expect((await answerLogin(await beginLogin(app, person), answer)).code).toBe('FACTOR_REFUSED');
    const third = await newVerifiedPerson(app);
    expect((await confirmEmailCode(third.client, { challengeId, code })).code).toBe('FACTOR_REFUSED');
    const enrolment = await enrolEmailCode(third.client);
    const { challengeId: id } = enrolment.data?.['enrolEmailCode'] ?? {};
    expect((await confirmEmailCode(other.client, { challengeId: id, code: '000000' })).code).toBe(
      'FACTOR_REFUSED',
    );
  });

  test('dies with the next one for the same sign-in', async () => {
    const person = await withEmailCode();
    const { login, challengeId, code } = await mailed(person);
    const next = await mailedAnswer(app, login, person);
    expect((await answerLogin(login, { kind: 'EMAIL_CODE', challengeId, code })).code).toBe('FACTOR_REFUSED');
    expect((await answerLogin(login, { kind: 'EMAIL_CODE', ...next })).errors).toEqual([]);
  });

  test('is mailed ten times an hour', async () => {
    const person = await withEmailCode();
    const codes = [];
    for (let n = 0; n < 10; n += 1) codes.push((await ask(await beginLogin(app, person))).code);
    // The first of the hour went to the enrolment.
    expect(codes).toEqual([...Array.from({ length: 9 }), 'RATE_LIMITED']);
  });
});

describe('twenty answers an hour are judged for one account', () => {
  /** The first of the hour was the one that confirmed the app. */
  const LEFT = 19;

  test('over HTTP, however many sign-ins they are spread over; then the right one is refused too', async () => {
    const { person, secret } = await withApp();
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) {
      const login = await beginLogin(app, person);
      for (let guess = 0; guess < 8; guess += 1) codes.push(await guessTotp(login, 'wrong'));
    }
    expect(codes.slice(0, LEFT)).toEqual(Array.from({ length: LEFT }, () => 'FACTOR_REFUSED'));
    expect(new Set(codes.slice(LEFT))).toEqual(new Set(['RATE_LIMITED']));
    expect(await guessTotp(await beginLogin(app, person), totpCode(secret, clock.now()))).toBe(
      'RATE_LIMITED',
    );
  });

  test('and for all kinds together, recovery codes among them', async () => {
    const { person, secret, recoveryCodes } = await withApp();
    for (let n = 0; n < 3; n += 1) {
      const login = await beginLogin(app, person);
      for (let guess = 0; guess < 7; guess += 1) {
        await answerLogin(login, { kind: guess % 2 === 0 ? 'TOTP' : 'RECOVERY_CODE', code: '000000' });
      }
    }
    const login = await beginLogin(app, person);
    const right = { kind: 'RECOVERY_CODE', code: recoveryCodes[0] };
    expect((await answerLogin(login, right)).code).toBe('RATE_LIMITED');
    expect(await guessTotp(login, totpCode(secret, clock.now()))).toBe('RATE_LIMITED');
    expect(
      await sql(app, 'select 1 from recovery_codes where user_id = ? and used_at is not null', [person.id]),
    ).toEqual([]);
  });

  test('one a document, over HTTP and over a websocket, however it is aliased or spread', async () => {
    const { person } = await withApp();
    const { client, attemptToken } = await beginLogin(app, person);
    const guess = (alias: string) =>
      `${alias}: verifySecondFactor(input: { attemptToken: "${attemptToken}", kind: TOTP, code: "123456" }) { __typename }`;
    const documents = [
      `mutation { ${Array.from({ length: 10 }, (_, n) => guess(`a${n}`)).join(' ')} }`,
      `mutation { ...A ...B } fragment A on Mutation { ${guess('a')} } fragment B on Mutation { ${guess('b')} }`,
    ];
    const socket = client.socket(null);
    try {
      for (const query of documents) {
        expect((await client.send(query)).code).toBe('ONE_SENSITIVE_FIELD');
        expect(await overSocket(socket, query)).toBe('ONE_SENSITIVE_FIELD');
      }
    } finally {
      await socket.dispose();
    }
    const refusals = await sql(
      app,
      "select 1 from audit_events where user_id = ? and name = 'factor.refused'",
      [person.id],
    );
    expect(refusals).toEqual([]);
  });

  test('over one websocket the same, and what was spent there is spent everywhere', async () => {
    const { person, secret } = await withApp();
    const codes: (string | undefined)[] = [];
    const login = `mutation ($input: LoginInput!) { login(input: $input) {
      ... on SecondFactorRequired { attemptToken } } }`;
    const socket = app.client().socket(null);
    try {
      for (let n = 0; n < 3; n += 1) {
        const begun = await firstOf(socket, login, {
          input: { email: person.email, password: 'three blue kettles on a shelf' },
        });
        const { attemptToken } = (begun.data as { login: { attemptToken: string } }).login;
        for (let guess = 0; guess < 8; guess += 1) {
          codes.push(
            await overSocket(socket, VERIFY, { input: { attemptToken, kind: 'TOTP', code: 'wrong' } }),
          );
        }
      }
    } finally {
      await socket.dispose();
    }
    expect(codes.slice(0, LEFT)).toEqual(Array.from({ length: LEFT }, () => 'FACTOR_REFUSED'));
    expect(new Set(codes.slice(LEFT))).toEqual(new Set(['RATE_LIMITED']));
    expect(await guessTotp(await beginLogin(app, person), totpCode(secret, clock.now()))).toBe(
      'RATE_LIMITED',
    );
  });
});

describe('a recovery code', () => {
  test('works once, in capitals and with other separators too, and no more', async () => {
    const { person, recoveryCodes } = await withApp();
    const [first = '', second = ''] = recoveryCodes;
    const use = async (code: string) =>
      (await answerLogin(await beginLogin(app, person), { kind: 'RECOVERY_CODE', code })).code;
    expect(await use(first)).toBeUndefined();
    expect(await use(first)).toBe('FACTOR_REFUSED');
    expect(await use(second.toUpperCase().replaceAll('-', ' '))).toBeUndefined();
    expect(await use(second)).toBe('FACTOR_REFUSED');
  });

  test('of thirty who have one code at once, one proves it', async () => {
    const { person, recoveryCodes } = await withApp();
    const user = await app.services.users.getById(person.id);
    const factor = new RecoveryCodeFactor(app.services);
    const answer = { code: recoveryCodes[0] ?? '' };
    const proofs = await Promise.all(
      Array.from({ length: 30 }, () => factor.verify(user, answer, 'login x', systemCaller())),
    );
    expect(proofs.filter((proof) => proof !== null)).toHaveLength(1);
    expect(
      await sql(app, 'select 1 from recovery_codes where user_id = ? and used_at is not null', [person.id]),
    ).toHaveLength(1);
    expect(
      await sql(app, "select 1 from audit_events where user_id = ? and name = 'recovery_code.used'", [
        person.id,
      ]),
    ).toHaveLength(1);
  });

  test('of another account opens nothing', async () => {
    const [one, two] = [await withApp(), await withApp()];
    const answer = { kind: 'RECOVERY_CODE', code: two.recoveryCodes[0] };
    expect((await answerLogin(await beginLogin(app, one.person), answer)).code).toBe('FACTOR_REFUSED');
    expect((await answerLogin(await beginLogin(app, two.person), answer)).errors).toEqual([]);
  });
});

async function withApp() {
  const person = await newVerifiedPerson(app);
  const { secret, recoveryCodes } = await addTotp(person.client, { time: clock });
  clock.advance(60);
  return { person, secret, recoveryCodes };
}

async function guessTotp(login: HalfLogin, code: string): Promise<string | undefined> {
  return (await answerLogin(login, { kind: 'TOTP', code })).code;
}

async function ask({ client, attemptToken }: HalfLogin) {
  return await client.send(
    'mutation ($input: ChallengeSecondFactorInput!) { challengeSecondFactor(input: $input) { challengeId } }',
    { input: { attemptToken, kind: 'EMAIL_CODE' } },
  );
}

type Socket = ReturnType<TestApp['client']>['socket'] extends (...args: never[]) => infer Made ? Made : never;

async function firstOf(socket: Socket, query: string, variables: Record<string, unknown> = {}) {
  const { value } = await socket.iterate({ query, variables }).next();
  return value;
}

async function overSocket(
  socket: Socket,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<string | undefined> {
  try {
    const { errors } = await firstOf(socket, query, variables);
    return errors?.[0]?.extensions?.['code'] as string | undefined;
  } catch (refusal) {
    // What is refused before it runs ends the operation with its errors.
    const [error] = [refusal].flat() as { extensions?: { code?: string } }[];
    return error?.extensions?.code;
  }
}
