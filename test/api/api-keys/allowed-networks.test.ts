import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson } from '../../support/accounts.js';
import { newDelegate } from '../../support/admins.js';
import { newApiKey, type NewApiKey, updateApiKey, viewerOf } from '../../support/api-keys.js';
import { startTestApp, type TestApp } from '../../support/app.js';

const OFFICE = ['203.0.113.0/24', '2001:db8:7::/48'];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { server: { trustedProxies: ['127.0.0.1', '::1'] } } });
});
afterAll(async () => await app.close());

const from = (ip: string) => ({ 'x-forwarded-for': ip });
const statusFrom = async (key: NewApiKey, ip: string) => (await viewerOf(app.client(), key, from(ip))).status;

describe('a key for certain networks', () => {
  test.each([
    ['203.0.113.9', 200],
    ['::ffff:203.0.113.9', 200],
    // An address of its own (RFC 4291 §2.5.5.1), which is not the IPv4 one that it looks like.
    ['::203.0.113.9', 401],
    ['2001:db8:7:1::5', 200],
    ['203.0.114.9', 401],
    ['2001:db8:8::5', 401],
    ['198.51.100.1, 203.0.113.9', 200],
    // What a client writes in front of what the proxy adds is its own invention.
    ['203.0.113.9, 198.51.100.1', 401],
    // A proxy that forwards nonsense speaks for itself.
    ['somewhere', 401],
  ])('is asked with from %s and answered %i', async (ip, status) => {
    const { client } = await newPerson(app);
    const key = await newApiKey(client, { allowedNetworks: OFFICE });
    expect(await statusFrom(key, ip)).toBe(status);
    const validated = await app
      .client()
      .fetch('/auth/validate', { headers: { 'x-api-key': key.secret, ...from(ip) } });
    expect(validated.status).toBe(status);
  });

  test('is told to nobody apart from a wrong one, and to services that may know by its own name', async () => {
    const { client } = await newPerson(app);
    const key = await newApiKey(client, { allowedNetworks: OFFICE });
    const answer = await viewerOf(app.client(), key, from('198.51.100.1'));
    expect([answer.status, answer.code]).toEqual([401, 'API_KEY_INVALID']);
    const wrong = await viewerOf(app.client(), { ...key, secret: `${key.secret.slice(0, -8)}00000000` });
    expect(answer.errors[0]?.message).toBe(wrong.errors[0]?.message);
    const { liveApiKeys } = app.services;
    expect(await liveApiKeys.examine(key.secret, '198.51.100.1')).toEqual({ refused: 'network' });
    expect(await liveApiKeys.examine(key.secret, null)).toEqual({ refused: 'network' });
    expect(await liveApiKeys.examine(key.secret, '203.0.113.1')).toMatchObject({ principal: { id: key.id } });
  });

  test('is not used by an attempt from elsewhere', async () => {
    const { client } = await newPerson(app);
    const key = await newApiKey(client, { allowedNetworks: OFFICE });
    await statusFrom(key, '198.51.100.1');
    const { data } = await client.send('{ apiKeys { edges { node { lastUsedAt } } } }');
    expect(data?.['apiKeys'].edges).toEqual([{ node: { lastUsedAt: null } }]);
  });

  test('opens sockets from there alone, and keeps none that its networks leave out later', async () => {
    const owner = await newDelegate(app, await app.adminClient(), ['sessions:watch']);
    const key = await newApiKey(owner.client, { scopes: ['sessions:watch'], allowedNetworks: OFFICE });
    expect(await (await open(key, '198.51.100.1')).outcome).toBe('closed with 4401');
    const { outcome, ask } = await open(key, '203.0.113.9');
    expect(await ask()).toEqual({ viewer: { id: key.id } });
    const moved = await updateApiKey(owner.client, { apiKeyId: key.id, allowedNetworks: ['198.51.100.1'] });
    expect(moved.errors).toEqual([]);
    await (await newPerson(app)).client.send('mutation { logout { ok } }');
    expect(await outcome).toBe('API_KEY_INVALID');
    expect(await ask()).toBe('API_KEY_INVALID');
  });
});

test('a key for no network in particular works from everywhere', async () => {
  const { client } = await newPerson(app);
  const key = await newApiKey(client);
  for (const ip of ['203.0.113.9', '2001:db8::1', 'somewhere']) expect(await statusFrom(key, ip)).toBe(200);
});

/** A socket from that address, which listens for sessions that end; how that stream, or the socket, ended. */
async function open({ secret }: NewApiKey, ip: string) {
  class Forwarded extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: from(ip) });
    }
  }
  const socket = createClient({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Forwarded,
    retryAttempts: 0,
    lazy: false,
    connectionParams: { authorization: `Bearer ${secret}` },
    onNonLazyError: () => {},
  });
  const connected = new Promise<void>((resolve) => {
    socket.on('connected', () => resolve());
    socket.on('closed', () => resolve());
  });
  const outcome = new Promise<string>((resolve) => {
    socket.subscribe(
      { query: 'subscription { sessionRevoked { sessionId } }' },
      {
        next: ({ errors }) => {
          if (errors) resolve(codeOf(errors));
        },
        error: (error) => resolve(codeOf(error)),
        complete: () => resolve('complete'),
      },
    );
  });
  await connected;
  const ask = async (): Promise<unknown> => {
    try {
      for await (const { data, errors } of socket.iterate({ query: '{ viewer { id } }' })) {
        return errors ? codeOf(errors) : data;
      }
      return null;
    } catch (error) {
      return codeOf(error);
    }
  };
  return { outcome, ask };
}

function codeOf(raised: unknown): string {
  const [first] = [raised].flat() as [{ extensions?: { code?: string }; code?: number }];
  return first.extensions?.code ?? `closed with ${first.code}`;
}
