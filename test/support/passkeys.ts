import { expect } from 'vitest';
import { newPerson, type Person } from './accounts.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import {
  type Bent,
  type CeremonyAnswer,
  type CeremonyOptions,
  VirtualAuthenticator,
} from './virtual-authenticator.js';

const TOKENS = 'tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }';

/** What a registration is told beside the passkey. */
export interface EnrolmentInput {
  readonly name?: string;
  readonly attemptToken?: string;
}

export async function enrolPasskey(client: Client, input: EnrolmentInput = {}): Promise<Answer> {
  return await client.send(
    'mutation ($input: EnrolPasskeyInput!) { enrolPasskey(input: $input) { publicKey } }',
    { input: { name: 'My key', ...input } },
  );
}

export async function confirmPasskey(
  client: Client,
  credential: object,
  { attemptToken }: EnrolmentInput = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: ConfirmPasskeyInput!) { confirmPasskey(input: $input) {
      factor { id kind name hint createdAt lastUsedAt createdBySessionId } recoveryCodes } }`,
    { input: { credential, ...(attemptToken === undefined ? {} : { attemptToken }) } },
  );
}

/** The options of a registration that has just begun. */
export async function registrationOptions(
  client: Client,
  input: EnrolmentInput = {},
): Promise<CeremonyOptions> {
  const { data, errors } = await enrolPasskey(client, input);
  expect(errors).toEqual([]);
  return data?.['enrolPasskey'].publicKey;
}

/** Adds a passkey of that authenticator: its id, and the recovery codes if there are any. */
export async function addPasskey(
  client: Client,
  authenticator: VirtualAuthenticator,
  input: EnrolmentInput = {},
): Promise<{ factorId: string; recoveryCodes: string[] | null }> {
  const options = await registrationOptions(client, input);
  const { data, errors } = await confirmPasskey(client, authenticator.create(options), input);
  expect(errors).toEqual([]);
  const { factor, recoveryCodes } = data?.['confirmPasskey'] ?? {};
  return { factorId: factor.id, recoveryCodes };
}

/** Somebody with a new account who has one passkey, and the authenticator that it is in. */
export interface PasskeyPerson extends Person {
  readonly authenticator: VirtualAuthenticator;
  readonly factorId: string;
}

export async function newPasskeyPerson(
  app: TestApp,
  authenticator = new VirtualAuthenticator(),
): Promise<PasskeyPerson> {
  const person = await newPerson(app);
  const { factorId } = await addPasskey(person.client, authenticator);
  return { ...person, authenticator, factorId };
}

/** The options of a sign-in with whichever passkey its user chooses. */
export async function loginOptions(client: Client): Promise<CeremonyOptions> {
  const { data, errors } = await client.send('mutation { requestPasskeyLogin { publicKey } }');
  expect(errors).toEqual([]);
  return data?.['requestPasskeyLogin'].publicKey;
}

/** Sends an assertion as a sign-in, and keeps the tokens if it is one. */
export async function loginWithPasskey(client: Client, credential: object): Promise<Answer> {
  const answer = await client.send(
    `mutation ($input: LoginWithPasskeyInput!) { loginWithPasskey(input: $input) { __typename
      ... on LoginSucceeded { ${TOKENS} user { id email } } } }`,
    { input: { credential } },
  );
  keep(client, answer.data?.['loginWithPasskey']);
  return answer;
}

/** A whole sign-in with a passkey of that authenticator. */
export async function signInByPasskey(
  client: Client,
  authenticator: VirtualAuthenticator,
  bent: Bent = {},
): Promise<{ answer: Answer; assertion: CeremonyAnswer }> {
  const assertion = authenticator.get(await loginOptions(client), bent);
  return { answer: await loginWithPasskey(client, assertion), assertion };
}

/** The options of a second step with a passkey. */
export async function challengePasskey(client: Client, attemptToken: string): Promise<CeremonyOptions> {
  const { data, errors } = await client.send(
    `mutation ($input: ChallengeSecondFactorInput!) { challengeSecondFactor(input: $input) { publicKey } }`,
    { input: { attemptToken, kind: 'PASSKEY' } },
  );
  expect(errors).toEqual([]);
  return data?.['challengeSecondFactor'].publicKey;
}

/** The second step with a passkey; keeps the tokens if it is a sign-in. */
export async function verifyPasskey(
  client: Client,
  attemptToken: string,
  credential: object,
): Promise<Answer> {
  const answer = await client.send(
    `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { __typename
      ... on LoginSucceeded { ${TOKENS} } } }`,
    { input: { attemptToken, kind: 'PASSKEY', credential } },
  );
  keep(client, answer.data?.['verifySecondFactor']);
  return answer;
}

function keep(client: Client, signedIn: Record<string, Record<string, string>> | null | undefined): void {
  const { tokens, user } = signedIn ?? {};
  client.accessToken = tokens?.['accessToken'] ?? client.accessToken;
  client.refreshToken = tokens?.['refreshToken'] ?? client.refreshToken;
  client.userId = user?.['id'] ?? client.userId;
}
