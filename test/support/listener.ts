import { vi } from 'vitest';
import type { TestApp } from './app.js';
import type { Client } from './client.js';

/** An event as `sessionRevoked` tells it. */
export interface Heard {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: string;
  readonly revokedAt: string;
  readonly cursor: string;
}

/** Somebody who listens to `sessionRevoked` over a websocket of their own. */
export interface Listener {
  /** The next event; rejects when the stream ended before it. */
  next(): Promise<Heard>;
  /** The close code of the socket, once it is closed. */
  readonly closed: Promise<number>;
  close(): Promise<void>;
}

const QUERY = `subscription ($after: String) {
  sessionRevoked(after: $after) { sessionId userId reason revokedAt cursor } }`;

/** Subscribes, and resolves when the server listens on the subscriber's behalf or has refused to. */
export async function listen(
  app: TestApp,
  client: Client,
  { authorization, after = null }: { authorization?: string | null; after?: string | null } = {},
): Promise<Listener> {
  const subscribe = vi.spyOn(app.services.streams, 'subscribe');
  const before = subscribe.mock.calls.length;
  const socket = authorization === undefined ? client.socket() : client.socket(authorization);
  const closed = new Promise<number>((resolve) =>
    socket.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  const events: (Heard | Error)[] = [];
  let ended = false;
  void (async () => {
    try {
      for await (const { data, errors } of socket.iterate({ query: QUERY, variables: { after } })) {
        if (errors) events.push(refusal(errors));
        else events.push(data?.['sessionRevoked'] as Heard);
      }
    } catch (error) {
      events.push(refusal(error));
    } finally {
      ended = true;
    }
  })();
  await vi.waitFor(() => {
    if (subscribe.mock.calls.length === before && !ended) throw new Error('Nobody has subscribed yet.');
  }, 5_000);
  return {
    closed,
    close: async () => await socket.dispose(),
    next: async () => {
      await vi.waitFor(() => {
        if (events.length === 0 && !ended) throw new Error('Nothing was heard yet.');
      }, 5_000);
      const event = events.shift() ?? new Error('The stream has ended.');
      if (event instanceof Error) throw event;
      return event;
    },
  };
}

/** What refused it: a code of ours, or the close code of the socket. */
function refusal(raised: unknown): Error {
  const [first] = [raised].flat() as [{ extensions?: { code?: string }; code?: number }];
  return new Error(first.extensions?.code ?? `closed with ${first.code}`, { cause: raised });
}
