import { httpEndpoint } from './endpoint';
import { findRefusal, type GraphqlAnswer } from './refusal';

interface Operation {
  query: string;
  variables: Record<string, unknown>;
  accessToken?: string;
}

interface Answered<Data> {
  data: Data;
  /** The server's clock when it answered; this machine's where the answer does not say. */
  answeredAt: Date;
}

/** Runs one of the console's own operations; throws a Refusal when the API refuses it. */
export async function postOperation<Data>({
  query,
  variables,
  accessToken,
}: Operation): Promise<Answered<Data>> {
  const response = await fetch(httpEndpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...authorizationHeader(accessToken),
    },
    body: JSON.stringify({ query, variables }),
  }).catch(failAsUnreachable);

  const answer = await readAnswer<Data>(response);
  const refusal = findRefusal(answer, response.status);
  if (refusal) throw refusal;
  if (answer.data === undefined) throw new Error('The server gave an answer without data.');
  return { data: answer.data, answeredAt: new Date(response.headers.get('date') ?? Date.now()) };
}

export function authorizationHeader(accessToken: string | undefined): Record<string, string> {
  return accessToken ? { authorization: `Bearer ${accessToken}` } : {};
}

/** The JSON of an answer; throws a sentence when a proxy or a crash answered in its place. */
export async function readAnswer<Data>(response: Response): Promise<GraphqlAnswer<Data>> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!isAnswer<Data>(body))
    throw new Error(`The server answered ${response.status} without a GraphQL result.`);
  return body;
}

function isAnswer<Data>(body: unknown): body is GraphqlAnswer<Data> {
  return typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);
}

/** The browser's own words for this differ and say less ("Failed to fetch"). */
export function failAsUnreachable(): never {
  throw new Error('The server cannot be reached.');
}
