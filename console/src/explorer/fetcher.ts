import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { type DocumentNode, parse } from 'graphql';
import type { Client } from 'graphql-ws';
import { httpEndpoint } from '../api/endpoint';
import { authorizationHeader, failAsUnreachable, readAnswer } from '../api/post-operation';
import { findRefusal, type Refusal } from '../api/refusal';
import type { Session } from '../session/session';

interface FetcherOptions {
  session: Session;
  socket: Client;
  onAnswer: (refusal: Refusal | undefined) => void;
}

/** Queries and mutations over HTTP, subscriptions over the socket, all with the token of the session. */
export function createFetcher({ session, socket, onAnswer }: FetcherOptions): Fetcher {
  const fetcher = createGraphiQLFetcher({
    url: httpEndpoint,
    wsClient: socket,
    enableIncrementalDelivery: false,
    fetch: async (url, init) => {
      const send = async () => await sendWithToken(url, init, await session.accessToken());
      let response = await send();
      let refusal = await refusalIn(response);
      if (refusal && isAboutTheToken(refusal) && session.state().kind === 'signed-in') {
        await session.renew();
        response = await send();
        refusal = await refusalIn(response);
      }
      onAnswer(refusal);
      return response;
    },
  });
  return (params, options) => fetcher(params, { ...options, documentAST: readDocument(params.query) });
}

// The editor parses with a delay: a subscription that was just pasted would go over HTTP.
function readDocument(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

async function sendWithToken(
  url: RequestInfo | URL,
  init: RequestInit = {},
  accessToken: string | undefined,
): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(authorizationHeader(accessToken))) headers.set(name, value);
  return await fetch(url, { ...init, headers }).catch(failAsUnreachable);
}

async function refusalIn(response: Response): Promise<Refusal | undefined> {
  return findRefusal(await readAnswer(response.clone()), response.status);
}

// A laptop that slept, or a session that was ended elsewhere. The whole operation was refused before it ran, so
// sending it again does nothing twice. Not every 401: a wrong password in a mutation must not be tried twice.
function isAboutTheToken({ status, code }: Refusal): boolean {
  return status === 401 && ['TOKEN_EXPIRED', 'TOKEN_INVALID', 'UNAUTHENTICATED'].includes(code);
}
