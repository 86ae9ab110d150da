import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Service } from './accounts.js';
import type { Answer, Client } from './client.js';

/** What an OAuth endpoint answers. */
export interface OAuthAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- it has the shape of the test's own request
  readonly json: Record<string, any>;
}

type HeaderFields = Record<string, string>;

/** A form, posted to one of the OAuth endpoints. */
export async function post(
  url: string,
  path: string,
  form: string | Record<string, string>,
  headers: HeaderFields = {},
): Promise<OAuthAnswer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? {} : JSON.parse(text),
  };
}

/** `POST /oauth/token` for a client secret. */
export async function requestToken(
  url: string,
  { basic }: Pick<Service, 'basic'>,
  form: Record<string, string> = {},
): Promise<OAuthAnswer> {
  const all = { grant_type: 'client_credentials', ...form };
  return await post(url, '/oauth/token', all, { authorization: basic });
}

/** An access token of a service account. */
export async function machineToken(
  url: string,
  service: Pick<Service, 'basic'>,
  form: Record<string, string> = {},
): Promise<string> {
  const { status, json } = await requestToken(url, service, form);
  expect([status, json['error']]).toEqual([200, undefined]);
  return json['access_token'];
}

/** Who comes with that header, or the code of the refusal. */
export async function viewerOf(client: Client, authorization: string): Promise<string | undefined> {
  const answer = await client.send('{ viewer { id } }', {}, { authorization });
  return answer.code ?? answer.data?.['viewer'].id;
}

/** What `createServiceAccount` answers for a new name. */
export async function createServiceAccount(
  client: Client,
  input: object = {},
  headers: HeaderFields = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) {
      clientId clientSecret serviceAccount { id name audiences allowedAudiences scopes tokenTtlSeconds } } }`,
    { input: { name: `service-${randomBytes(6).toString('hex')}`, ...input } },
    headers,
  );
}

/** A service account with whatever it is to be, by the admin's hand. */
export async function newServiceAccount(admin: Client, input: object = {}): Promise<Service> {
  const answer = await createServiceAccount(admin, input);
  expect(answer.errors).toEqual([]);
  const { clientId, clientSecret } = (answer.data ?? {})['createServiceAccount'];
  return { clientId, clientSecret, basic: basicOf(clientId, clientSecret) };
}

export async function updateServiceAccount(
  client: Client,
  input: object,
  headers: HeaderFields = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: UpdateServiceAccountInput!) { updateServiceAccount(input: $input) { serviceAccount {
      id name description enabled audiences allowedAudiences scopes tokenTtlSeconds } } }`,
    { input },
    headers,
  );
}

export async function disableServiceAccount(client: Client, id: string): Promise<void> {
  const answer = await client.send(
    `mutation ($input: DisableServiceAccountInput!) {
      disableServiceAccount(input: $input) { serviceAccount { id } } }`,
    { input: { id } },
  );
  expect(answer.errors).toEqual([]);
}

/** The value of `Authorization` that presents a secret (RFC 6749 §2.3.1). */
export function basicOf(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

const SECRET_FIELDS = 'secret clientSecret { id name createdAt expiresAt lastUsedAt rotatedFromId }';

export async function createClientSecret(
  client: Client,
  input: object,
  headers: HeaderFields = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { ${SECRET_FIELDS} } }`,
    { input: { name: 'second', ...input } },
    headers,
  );
}

export async function rotateClientSecret(
  client: Client,
  input: object,
  headers: HeaderFields = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { ${SECRET_FIELDS} } }`,
    { input },
    headers,
  );
}

export async function revokeClientSecret(
  client: Client,
  clientSecretId: string,
  headers: HeaderFields = {},
): Promise<Answer> {
  return await client.send(
    `mutation ($input: RevokeClientSecretInput!) { revokeClientSecret(input: $input) { clientSecretId } }`,
    { input: { clientSecretId } },
    headers,
  );
}

/** The secrets of an account that work, newest first. */
export async function clientSecretsOf(
  client: Client,
  id: string,
): Promise<{ id: string; name: string; expiresAt: string | null; lastUsedAt: string | null }[]> {
  const answer = await client.send(
    `query ($id: UUID!) { serviceAccount(id: $id) {
      clientSecrets { id name createdAt expiresAt lastUsedAt rotatedFromId } } }`,
    { id },
  );
  expect(answer.errors).toEqual([]);
  return answer.data?.['serviceAccount'].clientSecrets;
}

/** Another secret of an account, with the header that presents it. */
export async function addSecret(
  client: Client,
  serviceAccountId: string,
  input: object = {},
): Promise<{ id: string; basic: string }> {
  const answer = await createClientSecret(client, { serviceAccountId, ...input });
  expect(answer.errors).toEqual([]);
  const { clientSecret, secret } = (answer.data ?? {})['createClientSecret'];
  return { id: clientSecret.id, basic: basicOf(serviceAccountId, secret) };
}

/** An open socket with a subscription on it; the promise gives its close code. */
export async function openSocket(client: Client, authorization: string): Promise<Promise<number>[]> {
  const socket = client.socket(authorization);
  const closed = new Promise<number>((resolve) =>
    socket.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  const connected = new Promise((resolve) => socket.on('connected', resolve));
  const events = socket.iterate({ query: 'subscription { sessionRevoked { sessionId } }' });
  events.next().catch(() => undefined);
  await Promise.race([connected, closed]);
  return [closed];
}
