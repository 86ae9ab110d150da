import { expect } from 'vitest';
import { newAddress, newPerson, PASSWORD, type Person } from './accounts.js';
import type { TestApp } from './app.js';
import { Browser } from './browser.js';
import type { Answer, Client } from './client.js';
import type { FakeClock } from './clock.js';
import { addTotp, type EnrolledTotp, nextCode } from './second-factors.js';

const RESULT = `__typename
  ... on LoginSucceeded { csrfToken secondFactorDeadline tokens { accessToken refreshToken } user { id } }
  ... on EmailVerificationRequired { challengeId }
  ... on SecondFactorRequired { attemptToken expiresAt factors { kind name hint } }
  ... on SecondFactorEnrolmentRequired { attemptToken expiresAt kinds }`;

/** Somebody with an authenticator app, and a browser that nobody is signed in on. */
export interface Guarded extends Person {
  readonly totp: EnrolledTotp;
  readonly browser: Browser;
  /** A code that was not used yet; the clock moves on for it. */
  code(): string;
}

/** Signs somebody up who has an authenticator app. */
export async function newGuarded(app: TestApp, clock: FakeClock): Promise<Guarded> {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  const code = () => {
    clock.advance(60);
    return nextCode(totp, clock);
  };
  return { ...person, totp, browser: new Browser(app.url), code };
}

/** The first step with a password. */
export async function firstStep(
  client: Client,
  { email, password = PASSWORD }: { email: string; password?: string },
): Promise<Answer> {
  const input = { email, password };
  return await client.send(`mutation ($input: LoginInput!) { login(input: $input) { ${RESULT} } }`, {
    input,
  });
}

/** The first step, which must lead to a second one: its attempt token. */
export async function attemptOf(client: Client, person: { email: string }): Promise<string> {
  const answer = await firstStep(client, person);
  expect(answer.errors).toEqual([]);
  const { attemptToken } = answer.data?.['login'] ?? {};
  expect(attemptToken, answer.data?.['login']?.__typename).toBeTypeOf('string');
  return attemptToken;
}

/** The second step, by a TOTP if nothing else is said. */
export async function verifyFactor(
  client: Client,
  input: { attemptToken: string } & Record<string, unknown>,
): Promise<Answer> {
  return await client.send(
    `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { ${RESULT} } }`,
    { input: { kind: 'TOTP', ...input } },
  );
}

export async function challengeFactor(
  client: Client,
  input: { attemptToken: string; kind: string },
): Promise<Answer> {
  return await client.send(
    `mutation ($input: ChallengeSecondFactorInput!) {
      challengeSecondFactor(input: $input) { hint challengeId publicKey expiresAt } }`,
    { input },
  );
}

export async function completeLogin(
  client: Client,
  input: { attemptToken: string } & Record<string, unknown>,
): Promise<Answer> {
  return await client.send(
    `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { ${RESULT} } }`,
    { input },
  );
}

/** Both steps; the browser is signed in with tokens. */
export async function signInGuarded(
  person: Guarded,
  { browser = person.browser, ...more }: { browser?: Browser; trustDevice?: boolean } = {},
): Promise<void> {
  const attemptToken = await attemptOf(browser, person);
  const answer = await verifyFactor(browser, { attemptToken, code: person.code(), ...more });
  expect(answer.errors).toEqual([]);
  const { tokens } = answer.data?.['verifySecondFactor'] ?? {};
  browser.accessToken = tokens.accessToken;
  browser.refreshToken = tokens.refreshToken;
}

/** Somebody without a second factor, and a browser that nobody is signed in on. */
export async function newUnguarded(app: TestApp): Promise<{ email: string; browser: Browser }> {
  const email = newAddress();
  const browser = new Browser(app.url);
  expect((await browser.signUp({ email, password: PASSWORD })).errors).toEqual([]);
  return { email, browser };
}
