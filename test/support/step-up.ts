import { expect } from 'vitest';
import { PASSWORD } from './accounts.js';
import type { Answer, Client } from './client.js';

/** Longer than the default AUTH_FRESH_AUTH_SECONDS: 16 minutes. */
export const STALE_SECONDS = 960;

type Headers = Record<string, string>;

/** Sends `reauthenticate`. */
export async function reauthenticate(client: Client, input: object, headers: Headers = {}): Promise<Answer> {
  return await client.send(
    'mutation R($input: ReauthenticateInput!) { reauthenticate(input: $input) { authTime acr amr } }',
    { input },
    headers,
  );
}

export async function challengeReauthentication(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: ChallengeReauthenticationInput!) {
      challengeReauthentication(input: $input) { hint challengeId publicKey expiresAt } }`,
    { input },
  );
}

export async function requestAction(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: RequestActionInput!) {
      requestAction(input: $input) { requestId expiresAt methods { method kinds } } }`,
    { input },
  );
}

export async function confirmAction(client: Client, input: object): Promise<Answer> {
  return await client.send(
    'mutation ($input: ConfirmActionInput!) { confirmAction(input: $input) { actionToken expiresAt } }',
    { input },
  );
}

/** The id of a request that was let through. */
export async function requestedAction(client: Client, input: object): Promise<string> {
  const answer = await requestAction(client, input);
  expect(answer.errors).toEqual([]);
  return answer.data?.['requestAction'].requestId;
}

/** A token for an action, confirmed by the password unless something else is given. */
export async function actionToken(
  client: Client,
  { action, audience }: { action: string; audience?: string },
  proof: object = { password: PASSWORD },
): Promise<string> {
  const requestId = await requestedAction(client, { action, audience });
  const answer = await confirmAction(client, { requestId, ...proof });
  expect(answer.errors).toEqual([]);
  return answer.data?.['confirmAction'].actionToken;
}

export async function consumeActionToken(
  client: Client,
  input: object,
  headers: Headers = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: ConsumeActionTokenInput!) {
      consumeActionToken(input: $input) { action subject sid aud authTime amr } }`,
    { input },
    headers,
  );
}

/** What STEP_UP_REQUIRED tells of the ways to go on. */
export function detailsOf({ errors }: Answer): unknown {
  return errors[0]?.extensions['details'];
}
