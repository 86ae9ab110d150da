import { expect } from 'vitest';
import { claimsOf, newService, PASSWORD, type Person } from './accounts.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import { generousLimits } from './email-flows.js';

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

const ORDERS = 'https://orders.example.com';
export const BILLS = 'https://bills.example.com';

/** What the orders service asks a token for. */
export const closeShop = { action: 'close_shop', audience: ORDERS } as const;

/** A server with actions of the operator's own. */
export const shopConfig = {
  actions: { names: ['close_shop', 'open_shop'] },
  tokens: { accessTtlSeconds: 86_400 },
  rateLimits: generousLimits,
} as const;

/** How two services authenticate, each with an audience of its own. */
export interface ShopServices {
  readonly orders: string;
  readonly bills: string;
}

export async function openShop(app: TestApp): Promise<ShopServices> {
  const admin = await app.adminClient();
  for (const identifier of [ORDERS, BILLS]) {
    const input = { identifier, description: '' };
    const answer = await admin.send(
      'mutation ($input: RegisterAudienceInput!) { registerAudience(input: $input) { audience { id } } }',
      { input },
    );
    expect(answer.errors).toEqual([]);
  }
  const roles = ['resource_server'];
  const orders = await newService(admin, { audiences: [ORDERS], roles });
  const bills = await newService(admin, { audiences: [BILLS], roles });
  return { orders: orders.basic, bills: bills.basic };
}

/** What the orders service sends when a user's client has shown it a token. */
export function asShown({ client }: Person, token: string) {
  return { actionToken: token, ...closeShop, sessionId: claimsOf(client.accessToken).sid };
}

/** `POST /auth/introspect`, as it answers. */
export async function introspectAction(
  url: string,
  form: Record<string, string>,
  authorization: string,
): Promise<Record<string, unknown>> {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${url}/auth/introspect`, { method: 'POST', headers: { authorization }, body });
  return (await answer.json()) as Record<string, unknown>;
}
