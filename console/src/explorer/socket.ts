import { type Client, createClient } from 'graphql-ws';
import { socketEndpoint } from '../api/endpoint';
import { authorizationHeader } from '../api/post-operation';
import type { Session } from '../session/session';

/**
 * The websocket for subscriptions. It opens with the first one, as whoever is signed in then; terminating it makes
 * it open again with the token of that moment and take up the running subscriptions.
 */
export function createSocket(session: Session): Client {
  return createClient({
    url: socketEndpoint,
    connectionParams: async () => authorizationHeader(await session.accessToken()),
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, retries * 2_000)),
  });
}
