import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { changeEmail, confirmChange, generousLimits } from '../support/email-flows.js';
import { mailedVerification, requestVerification, verifyEmail } from '../support/email-flows.js';

// Whoever asks gets an id for the code in a mail that they cannot read. Neither which of their ids die with which, nor
// how wrong codes are answered, may tell whose address it is; and asking again must not buy guesses.

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const signUp = async (email: string): Promise<string> => {
  const answer = await app
    .client()
    .send('mutation ($input: SignUpInput!) { signUp(input: $input) { challengeId } }', {
      input: { email, password: PASSWORD },
    });
  expect(answer.errors).toEqual([]);
  return answer.data?.['signUp'].challengeId;
};

const request = async (email: string): Promise<string> => {
  const answer = await requestVerification(app.client(), email);
  expect(answer.errors).toEqual([]);
  return answer.data?.['requestEmailVerification'].challengeId;
};

const standings: readonly [standing: string, address: () => Promise<string>][] = [
  ['unverified', async () => (await newPerson(app)).email],
  ['verified', async () => await ofStanding('email_verified_at = now()')],
  ['deactivated', async () => await ofStanding("status = 'deactivated'")],
];

async function ofStanding(facts: string): Promise<string> {
  const { email, id } = await newPerson(app);
  await sql(app, `update users set ${facts} where id = ?`, [id]);
  return email;
}

/** What each of the ids answers to six codes in turn, once all of them have been given out. */
async function answersOf(email: string, asks: readonly ((email: string) => Promise<string>)[]) {
  const ids: string[] = [];
  for (const ask of asks) ids.push(await ask(email));
  const answers: (string | undefined)[][] = [];
  for (const challengeId of ids) {
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) {
      codes.push((await verifyEmail(app.client(), { challengeId, code: `00000${n}` })).code);
    }
    answers.push(codes);
  }
  return answers;
}

const orders = [
  ['signUp, requestEmailVerification', [signUp, request]],
  ['requestEmailVerification, signUp', [request, signUp]],
  ['signUp, signUp', [signUp, signUp]],
  ['requestEmailVerification, requestEmailVerification', [request, request]],
  ['signUp, requestEmailVerification, signUp', [signUp, request, signUp]],
] as const;

describe.each(orders)('the ids from %s', (_, asks) => {
  test.each(standings)(
    'answer wrong codes for an address that is %s as for one that nobody has',
    async (_standing, of) => {
      const unknown = await answersOf(newAddress(), asks);
      expect(await answersOf(await of(), asks)).toEqual(unknown);
      // Only the newest is alive, so the ids before tell nothing else.
      const dead = unknown.slice(0, -1).flat();
      expect(new Set(dead)).toEqual(new Set(['CHALLENGE_INVALID']));
      expect(unknown.at(-1)?.at(-1)).toBe('CHALLENGE_EXHAUSTED');
    },
  );
});

test('the ids of two changes of address answer wrong codes alike, whether the addresses are free or taken', async () => {
  const { email: taken } = await newPerson(app);
  const columns: (string | undefined)[][] = [];
  for (const newEmail of [taken, newAddress()]) {
    const { client } = await newPerson(app);
    const codes: (string | undefined)[] = [];
    const ids = [await changeEmail(client, newEmail), await changeEmail(client, newEmail)];
    for (const { data } of ids) {
      const { challengeId } = data?.['changeEmail'] ?? {};
      for (let n = 0; n < 6; n += 1) {
        codes.push((await confirmChange(client, { challengeId, code: `00000${n}` })).code);
      }
    }
    columns.push(codes);
  }
  expect(columns[0]).toEqual(columns[1]);
});

describe('codes that are guessed', () => {
  test.each([['known'], ['unknown']])(
    'are judged fifteen times an hour at a %s address, however many codes are asked for',
    async (standing) => {
      const email = standing === 'known' ? (await newPerson(app)).email : newAddress();
      const answers: (string | undefined)[] = [];
      for (const ask of [request, request, request, signUp, signUp]) {
        const challengeId = await ask(email);
        for (let n = 0; n < 5; n += 1) {
          answers.push((await verifyEmail(app.client(), { challengeId, code: `00000${n}` })).code);
        }
      }
      expect(answers).toEqual([
        ...Array.from({ length: 15 }, () => 'CHALLENGE_INVALID'),
        ...Array.from({ length: 10 }, () => 'RATE_LIMITED'),
      ]);
    },
  );

  test('in parallel as well', async () => {
    const { email } = await newPerson(app);
    const challengeId = await request(email);
    const codes = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const code = String(n).padStart(6, '0');
        return (await verifyEmail(app.client(), { challengeId, code })).code;
      }),
    );
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(15);
    expect(codes.filter((code) => code === 'CHALLENGE_INVALID')).toHaveLength(5);
  });

  test('do not keep the owner from the link of their mail', async () => {
    const { email } = await newPerson(app);
    const { token, challengeId } = await mailedVerification(app, email);
    for (let n = 0; n < 20; n += 1) await verifyEmail(app.client(), { challengeId, code: `00000${n % 10}` });
    expect((await verifyEmail(app.client(), { token })).errors).toEqual([]);
  });
});
