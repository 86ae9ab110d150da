import { crc32 } from 'node:zlib';
import { expect } from 'vitest';
import type { Answer, Client } from './client.js';

/** A key as its owner gets it, once. */
export interface NewApiKey {
  readonly id: string;
  /** The key itself. */
  readonly secret: string;
}

/** What an API key is asked with: every surface answers it. */
export const VIEWER_OF_KEY = '{ viewer { kind id ownerId roles permissions email user { id } } }';

/** All that is told of a key. */
export const API_KEY_FIELDS =
  'id owner { kind id } name scopes allowedNetworks createdAt expiresAt lastUsedAt rotatedFromId';

/** Sends the mutation that makes one. */
export async function createApiKey(client: Client, input: object = {}, headers = {}): Promise<Answer> {
  return await client.send(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
      secret apiKey { ${API_KEY_FIELDS} } } }`,
    { input: { name: 'nightly report', scopes: [], ...input } },
    headers,
  );
}

/** A key of whoever is signed in, or comes with those headers, unless the input says whose. */
export async function newApiKey(client: Client, input: object = {}, headers = {}): Promise<NewApiKey> {
  const answer = await createApiKey(client, input, headers);
  expect(answer.errors).toEqual([]);
  const { secret, apiKey } = (answer.data ?? {})['createApiKey'];
  return { id: apiKey.id, secret };
}

/** Sends the mutation that changes one. */
export async function updateApiKey(client: Client, input: object, headers = {}): Promise<Answer> {
  return await client.send(
    `mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { apiKey { ${API_KEY_FIELDS} } } }`,
    { input },
    headers,
  );
}

/** Sends the mutation that replaces one. */
export async function rotateApiKey(client: Client, input: object, headers = {}): Promise<Answer> {
  return await client.send(
    `mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) {
      secret apiKey { ${API_KEY_FIELDS} } } }`,
    { input },
    headers,
  );
}

/** The key that replaces one. */
export async function rotatedApiKey(client: Client, input: object, headers = {}): Promise<NewApiKey> {
  const answer = await rotateApiKey(client, input, headers);
  expect(answer.errors).toEqual([]);
  const { secret, apiKey } = (answer.data ?? {})['rotateApiKey'];
  return { id: apiKey.id, secret };
}

/** Asks with a key who it is: whether it is accepted, and what it may do. */
export async function viewerOf(client: Client, { secret }: NewApiKey, headers = {}): Promise<Answer> {
  return await client.send(VIEWER_OF_KEY, {}, { authorization: `Bearer ${secret}`, ...headers });
}

/** Sends the mutation that ends one. */
export async function revokeApiKey(client: Client, apiKeyId: string, headers = {}): Promise<Answer> {
  return await client.send(
    'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKeyId } }',
    { input: { apiKeyId } },
    headers,
  );
}

/** A key with other parts under a checksum that fits. */
export function forgedKey(parts: { environment?: string; id: string; secret: string }): string {
  const { environment = 'test', id, secret } = parts;
  const body = `lk_${environment}_${id.replaceAll('-', '')}_${secret}`;
  return `${body}_${crc32(body).toString(16).padStart(8, '0')}`;
}

/** The parts of a key of the test environment. */
export function partsOf({ secret }: NewApiKey): { id: string; secret: string } {
  const [, id = '', random = ''] = /^lk_test_([0-9a-f]{32})_(.{43})_[0-9a-f]{8}$/.exec(secret) ?? [];
  expect(random).toHaveLength(43);
  return { id, secret: random };
}
