import { expect } from 'vitest';
import { Client } from './client.js';
import { RawSocket } from './raw-socket.js';
import { tokenDoors } from './token-doors.js';

/** What everybody here may at first, until it is taken from them. */
export const RIGHTS = ['users:list', 'sessions:watch'] as const;

/** The published bound: within so many milliseconds every process refuses what has ended. */
export const SOON = { timeout: 1_000, interval: 10 } as const;

const LIST = '{ users(first: 1) { edges { cursor } } }';

/** Answers of one process about one credential: whether it may still list users, or is good for nothing any more. */
export type Surface = () => Promise<'may' | 'may not' | 'dead'>;

/** A credential in use at a process: in its caches, and on an open socket that listens. */
export interface Watched {
  readonly surfaces: Readonly<Record<string, Surface>>;
  /** The ids of the sessions whose end the socket has heard of. */
  heard(): string[];
  /** The close code of the socket; undefined while it is open. */
  closeCode(): number | undefined;
  /** Resolves when all that the server had to say before this has arrived, or the socket is closed. */
  settled(): Promise<void>;
  close(): void;
}

/** Uses a credential at that process in every way. A client secret is no token: nobody validates or introspects one. */
export async function watchCredential(
  url: string,
  { authorization, asker }: { readonly authorization: string; readonly asker: string },
): Promise<Watched> {
  const raw = await RawSocket.open(url, { params: { authorization } });
  let code: number | undefined;
  void raw.closed.then((event) => (code = event.code));
  raw.send({
    type: 'subscribe',
    id: 'ends',
    payload: { query: 'subscription { sessionRevoked { sessionId } }' },
  });
  const onSocket: Surface = async () => {
    const answer = await raw.operate(LIST).catch(() => null);
    if (!answer) return 'dead';
    return answer.errors.length === 0 ? 'may' : verdictOf(answer.code);
  };
  const surfaces = { ...surfacesAt(url, authorization, asker), 'the open socket': onSocket };
  for (const [name, ask] of Object.entries(surfaces)) expect(await ask(), `${name} at first`).toBe('may');
  return {
    surfaces,
    heard: () => raw.received.filter(({ id, type }) => id === 'ends' && type === 'next').map(sessionIn),
    closeCode: () => code,
    settled: async () => void (await onSocket()),
    close: () => raw.close(),
  };
}

function surfacesAt(url: string, authorization: string, asker: string): Record<string, Surface> {
  const client = new Client(url);
  const graphql: Surface = async () => {
    const { errors, code } = await client.send(LIST, {}, { authorization });
    return errors.length === 0 && code === undefined ? 'may' : verdictOf(code);
  };
  if (authorization.startsWith('Basic')) return { GraphQL: graphql };
  const token = authorization.slice('Bearer '.length);
  return {
    GraphQL: graphql,
    '/auth/validate': async () => {
      const response = await client.fetch('/auth/validate', { headers: { authorization } });
      const scopes = decodeURIComponent(response.headers.get('x-auth-scopes') ?? '');
      if (response.status !== 200) return 'dead';
      return scopes.includes(RIGHTS[0]) ? 'may' : 'may not';
    },
    '/auth/introspect': async () => {
      const answer = await tokenDoors({ url, client: () => client }, asker).introspect(token);
      const { active, scope } = JSON.parse(answer.slice('200 '.length));
      return active === true ? (scope.includes(RIGHTS[0]) ? 'may' : 'may not') : 'dead';
    },
  };
}

function verdictOf(code: unknown): 'may not' | 'dead' {
  if (code === 'FORBIDDEN') return 'may not';
  expect(code).toMatch(/^(?:SESSION_EXPIRED|TOKEN_EXPIRED|TOKEN_INVALID|API_KEY_INVALID|CLIENT_INVALID)$/);
  return 'dead';
}

function sessionIn({ payload }: { readonly payload?: unknown }): string {
  return (
    (payload as { data?: { sessionRevoked?: { sessionId: string } } }).data?.sessionRevoked?.sessionId ?? ''
  );
}
