import { expect } from 'vitest';
import type { CloseEvent, WebSocket as Socket } from 'ws';
import type { Client } from '../support/client.js';
import { type ServerProcess, SYSTEM_ADMIN } from '../support/server-process.js';

/** A service account as it authenticates to the introspection endpoint. */
export interface ServiceAccount {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a surface says of a token: good, refused, or that it cannot tell (503). */
export type Verdict = 'good' | 'refused' | 'unavailable';

/** A new client, signed in; as the system admin unless somebody else is named. */
export async function signIn(
  server: ServerProcess,
  account: { email: string; password: string } = SYSTEM_ADMIN,
): Promise<Client> {
  const client = server.client();
  expect((await client.login(account)).code).toBeUndefined();
  return client;
}

/** The session that an access token belongs to. */
export function sessionOf({ accessToken = '' }: Client): string {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid;
}

/** Creates a service account that may introspect and watch. */
export async function createServiceAccount(admin: Client, name: string): Promise<ServiceAccount> {
  const { data, code } = await admin.send(
    `mutation C($input: CreateServiceAccountInput!) {
      createServiceAccount(input: $input) { clientId clientSecret } }`,
    { input: { name, description: '', roles: ['resource_server'] } },
  );
  expect(code).toBeUndefined();
  return data?.['createServiceAccount'];
}

/** Ends a session through somebody who may. */
export async function revoke(admin: Client, sessionId: string): Promise<void> {
  const { code } = await admin.send(
    'mutation R($input: RevokeSessionInput!) { revokeSession(input: $input) { sessionId } }',
    { input: { sessionId } },
  );
  expect(code).toBeUndefined();
}

export function basic({ clientId, clientSecret }: ServiceAccount): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

/** `POST /auth/introspect`, as it answers. */
export async function introspect(
  server: ServerProcess,
  asker: ServiceAccount,
  token: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server.url}/auth/introspect`, {
    method: 'POST',
    headers: { authorization: basic(asker) },
    body: new URLSearchParams({ token }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Every way to ask a server about an access token. */
export const surfaces = {
  introspect: async (server: ServerProcess, token: string, asker: ServiceAccount): Promise<Verdict> => {
    const { status, body } = await introspect(server, asker, token);
    if (status === 200) return body['active'] === true ? 'good' : 'refused';
    return verdictOf(status);
  },
  validate: async (server: ServerProcess, token: string): Promise<Verdict> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.url}/auth/validate`, { headers });
    await answer.arrayBuffer();
    return verdictOf(answer.status);
  },
  graphql: async (server: ServerProcess, token: string): Promise<Verdict> => {
    const client = server.client();
    client.accessToken = token;
    const { status } = await client.send('{ viewer { id } }');
    return verdictOf(status);
  },
} as const;

function verdictOf(status: number): Verdict {
  if (status === 200) return 'good';
  if (status === 401) return 'refused';
  if (status === 503) return 'unavailable';
  throw new Error(`A surface answered ${status}.`);
}

/** An authenticated websocket that hears of ended sessions. */
export interface Watch {
  /** The sessions heard of, in order. */
  readonly heard: { sessionId: string; cursor: string }[];
  /** Resolves with the close code and the time (`performance.now()`) when the server closes. */
  readonly closed: Promise<{ code: number; at: number }>;
  stop(): void;
}

/** Subscribes to `sessionRevoked`; resolves when the subscription is known to stand. */
export async function watch(client: Client, authorization?: string): Promise<Watch> {
  const socket = client.socket(authorization);
  const heard: { sessionId: string; cursor: string }[] = [];
  const opened = new Promise<Socket>((resolve, reject) => {
    socket.on('connected', (each) => resolve(each as Socket));
    socket.on('closed', (event) => reject(new Error(`Closed with ${(event as CloseEvent).code}.`)));
  });
  const closed = new Promise<{ code: number; at: number }>((resolve) => {
    socket.on('closed', (event) => resolve({ code: (event as CloseEvent).code, at: performance.now() }));
  });
  const subscription = socket.iterate<{ sessionRevoked: { sessionId: string; cursor: string } }>({
    query: 'subscription { sessionRevoked { sessionId cursor } }',
  });
  void collect(subscription, heard);
  // A ping behind the subscription: its pong says that everything before it has been read.
  const raw = await opened;
  await new Promise((resolve) => {
    raw.once('pong', resolve);
    raw.ping();
  });
  return { heard, closed, stop: () => void socket.dispose() };
}

async function collect(
  events: AsyncIterable<{ data?: { sessionRevoked: { sessionId: string; cursor: string } } | null }>,
  heard: { sessionId: string; cursor: string }[],
): Promise<void> {
  try {
    for await (const { data } of events) if (data) heard.push(data.sessionRevoked);
  } catch {
    // The server closed the socket; `closed` says how.
  }
}
