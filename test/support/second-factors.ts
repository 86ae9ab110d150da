import { expect } from 'vitest';
import { PASSWORD, type Person } from './accounts.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import { Browser } from './browser.js';
import { codeIn, lastMailTo } from './mails.js';
import { totpCode } from './totp.js';

/** What tells the time to an app: the test's own clock, or the machine's. */
interface Time {
  now(): Date;
}

const machine: Time = { now: () => new Date() };

/** An authenticator app that an account has. */
export interface EnrolledTotp {
  readonly factorId: string;
  /** Base32. */
  readonly secret: string;
  /** Those of the account, if this was its first factor. */
  readonly recoveryCodes: readonly string[];
}

export async function enrolTotp(client: Client, input: object = {}): Promise<Answer> {
  return await client.send(
    'mutation ($input: EnrolTotpInput!) { enrolTotp(input: $input) { factorId secret uri qrSvg } }',
    { input: { name: 'My phone', ...input } },
  );
}

export async function confirmTotp(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) {
      factor { id kind name hint createdAt lastUsedAt createdBySessionId } recoveryCodes } }`,
    { input },
  );
}

/**
 * Adds an authenticator app to the account of a client that is signed in, or whose sign-in waits for it. The code of
 * this moment is used up by that: the next one is good half a minute later.
 */
export async function addTotp(
  client: Client,
  { time = machine, ...input }: { time?: Time; attemptToken?: string; name?: string } = {},
): Promise<EnrolledTotp> {
  const begun = await enrolTotp(client, input);
  expect(begun.errors).toEqual([]);
  const { factorId, secret } = begun.data?.['enrolTotp'] ?? {};
  const { attemptToken } = input;
  const code = totpCode(secret, time.now());
  const confirmed = await confirmTotp(client, { factorId, code, attemptToken });
  expect(confirmed.errors).toEqual([]);
  return { factorId, secret, recoveryCodes: confirmed.data?.['confirmTotp'].recoveryCodes ?? [] };
}

/** A code that was not used by the enrolment of this very half minute: that of the step after it, which is taken as well. */
export function nextCode({ secret }: EnrolledTotp, time: Time = machine): string {
  return totpCode(secret, new Date(time.now().getTime() + 30_000));
}

export async function removeFactor(client: Client, factorId: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: RemoveSecondFactorInput!) { removeSecondFactor(input: $input) { factorId } }',
    { input: { factorId } },
  );
}

/** New recovery codes for the account of a client that is signed in. */
export async function newRecoveryCodes(client: Client): Promise<Answer> {
  return await client.send('mutation { regenerateRecoveryCodes { recoveryCodes } }');
}

export async function enrolEmailCode(client: Client, input: object = {}): Promise<Answer> {
  return await client.send(
    'mutation ($input: EnrolEmailCodeInput!) { enrolEmailCode(input: $input) { challengeId hint expiresAt } }',
    { input },
  );
}

export async function confirmEmailCode(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: ConfirmEmailCodeInput!) { confirmEmailCode(input: $input) {
      factor { id kind name hint createdAt lastUsedAt createdBySessionId } recoveryCodes } }`,
    { input },
  );
}

/** Lets the account of a client that is signed in, with a proved address, take codes by mail. */
export async function addEmailCode(app: TestApp, { client, email }: Person): Promise<readonly string[]> {
  const { data, errors } = await enrolEmailCode(client);
  expect(errors).toEqual([]);
  const { challengeId } = data?.['enrolEmailCode'] ?? {};
  const confirmed = await confirmEmailCode(client, {
    challengeId,
    code: codeIn(await lastMailTo(app, email)),
  });
  expect(confirmed.errors).toEqual([]);
  return confirmed.data?.['confirmEmailCode'].recoveryCodes ?? [];
}

/** A sign-in that waits for its second step. */
export interface HalfLogin {
  readonly client: Browser;
  readonly attemptToken: string;
}

/** Takes the first step of a sign-in, on a device of its own. */
export async function beginLogin(
  app: TestApp,
  { email }: Pick<Person, 'email'>,
  password = PASSWORD,
): Promise<HalfLogin> {
  const client = new Browser(app.url);
  const { data, errors } = await client.send(
    `mutation ($input: LoginInput!) { login(input: $input) { __typename
      ... on SecondFactorRequired { attemptToken } ... on SecondFactorEnrolmentRequired { attemptToken } } }`,
    { input: { email, password } },
  );
  expect(errors).toEqual([]);
  return { client, attemptToken: data?.['login'].attemptToken };
}

/** Answers to a sign-in that waits for its second step, and keeps its tokens. */
export async function answerLogin({ client, attemptToken }: HalfLogin, input: object): Promise<Answer> {
  const answer = await client.send(
    `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { __typename
      ... on LoginSucceeded { tokens { accessToken refreshToken } user { id } } } }`,
    { input: { attemptToken, ...input } },
  );
  const { tokens } = answer.data?.['verifySecondFactor'] ?? {};
  client.accessToken = tokens?.accessToken ?? client.accessToken;
  client.refreshToken = tokens?.refreshToken ?? client.refreshToken;
  return answer;
}

/** Asks for a code by mail, for a sign-in that waits for it. */
export async function mailedAnswer(
  app: TestApp,
  { client, attemptToken }: HalfLogin,
  { email }: Pick<Person, 'email'>,
): Promise<{ challengeId: string; code: string }> {
  const { data, errors } = await client.send(
    `mutation ($input: ChallengeSecondFactorInput!) {
      challengeSecondFactor(input: $input) { hint challengeId expiresAt } }`,
    { input: { attemptToken, kind: 'EMAIL_CODE' } },
  );
  expect(errors).toEqual([]);
  const { challengeId } = data?.['challengeSecondFactor'] ?? {};
  return { challengeId, code: codeIn(await lastMailTo(app, email)) };
}

/** What the signed-in user reads of their factors. */
export async function factorsOf(
  client: Client,
): Promise<{ id: string; kind: string; hint: string | null }[]> {
  const { data, errors } = await client.send('{ viewer { user { secondFactors { id kind hint } } } }');
  expect(errors).toEqual([]);
  return data?.['viewer'].user.secondFactors;
}
