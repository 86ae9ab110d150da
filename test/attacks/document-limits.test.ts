import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { costlyDocuments, largestAllowed, manyGuesses } from '../support/document-attacks.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('many guesses in one document', () => {
  test.each(manyGuesses(ADMIN.email))('by $name: refused, and none of them is made', async (attack) => {
    const before = await traces();
    const { query, variables, operationName, code } = attack;
    const response = await post(JSON.stringify({ query, variables, operationName }));
    expect(response.status).toBe(400);
    const body = await bodyOf(response);
    expect(body.data ?? null).toBeNull();
    expect(codesOf(body)).toContain(code);
    expect(await traces()).toEqual(before);
  });

  test('one guess leaves the trace that the tests above look for', async () => {
    const before = await traces();
    await app.client().login({ ...ADMIN, password: 'a wrong guess' });
    expect(await traces()).not.toEqual(before);
  });
});

describe('a costly document', () => {
  test.each(costlyDocuments)('of $name is refused under its code', async ({ query, code }) => {
    const response = await post(JSON.stringify({ query }));
    expect(response.status).toBe(400);
    const body = await bodyOf(response);
    expect(body.data ?? null).toBeNull();
    expect(codesOf(body)).toContain(code);
  });

  test.each(largestAllowed)('at its limit is served: $name', async ({ query }) => {
    const admin = await app.adminClient();
    expect((await admin.send(query)).errors).toEqual([]);
  });

  test('may have four times as many tokens for who may read the schema', async () => {
    const admin = await app.adminClient();
    // The input itself allows twenty: a document that comes as far as that has passed the limits.
    const longList = (count: number): string =>
      `mutation { createServiceAccount(input: { name: "x", audiences: [${'"a" '.repeat(count)}] }) { clientId } }`;
    expect((await app.client().send(longList(1_000))).code).toBe('QUERY_TOO_LARGE');
    expect((await admin.send(longList(1_000))).code).toBe('INVALID_INPUT');
    expect((await admin.send(longList(3_900))).code).toBe('INVALID_INPUT');
    expect((await admin.send(longList(4_000))).code).toBe('GRAPHQL_PARSE_FAILED');
  });
});

describe('an operation that is not one JSON object in a POST', () => {
  const query = '{ __typename }';
  const get = `/graphql?query=${encodeURIComponent(query)}`;

  test.each([
    ['a batch', JSON.stringify([{ query }, { query }]), 'BATCH_REFUSED', 400],
    ['a batch of one', JSON.stringify([{ query }]), 'BATCH_REFUSED', 400],
    ['an empty batch', '[]', 'BATCH_REFUSED', 400],
    ['a string', JSON.stringify(query), 'OPERATION_INVALID', 400],
    ['a number', '7', 'OPERATION_INVALID', 400],
    ['null', 'null', 'OPERATION_INVALID', 400],
    ['no query', '{}', 'OPERATION_INVALID', 400],
    ['a query of a wrong type', JSON.stringify({ query: { a: 1 } }), 'OPERATION_INVALID', 400],
    ['variables of a wrong type', JSON.stringify({ query, variables: [1] }), 'OPERATION_INVALID', 400],
    ['a name of a wrong type', JSON.stringify({ query, operationName: {} }), 'OPERATION_INVALID', 400],
    ['broken JSON', '{"query": ', 'REQUEST_INVALID', 400],
    ['nothing', '', 'REQUEST_INVALID', 400],
    ['a prototype', '{"query": "{ __typename }", "__proto__": {"a": 1}}', 'REQUEST_INVALID', 400],
    ['2 MB', JSON.stringify({ query, variables: { a: 'x'.repeat(2_000_000) } }), 'BODY_TOO_LARGE', 413],
  ])('is refused: %s', async (_name, body, code, status) => {
    const response = await post(body);
    expect(await response.json()).toMatchObject({ code });
    expect(response.status).toBe(status);
  });

  test.each([
    ['text/plain', JSON.stringify({ query })],
    ['application/x-www-form-urlencoded', new URLSearchParams({ query }).toString()],
    [
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n${query}\r\n--x--`,
    ],
    ['application/graphql', query],
    ['application/xml', '<query/>'],
    ['', JSON.stringify({ query })],
  ])('is refused: Content-Type "%s"', async (type, body) => {
    const response = await post(body, { 'content-type': type });
    expect(await response.json()).toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
    expect(response.status).toBe(415);
  });

  test.each([
    ['GET', {}],
    ['GET', { 'content-type': 'application/json' }],
    ['GET', { 'content-type': 'text/plain' }],
    ['PUT', {}],
    ['DELETE', {}],
  ])('is refused: %s with %o', async (method, headers) => {
    const response = await app.client().fetch(get, { method, headers });
    expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
  });

  test.each(['UTF-7', 'utf-16le', 'x-unknown'])(
    'whose charset is %s is not read as another',
    async (charset) => {
      const response = await post(JSON.stringify({ query }), {
        'content-type': `application/json; charset=${charset}`,
      });
      expect(response.status).toBeLessThan(500);
    },
  );
});

async function post(
  body: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Response> {
  // Bytes, so that fetch adds no Content-Type of its own.
  return app.client().fetch('/graphql', { method: 'POST', headers, body: new TextEncoder().encode(body) });
}

/** What a guess leaves behind: rows of the audit trail and of the failure counters. */
async function traces(): Promise<unknown> {
  return app.services.em.fork().execute(
    `select (select count(*)::int from audit_events) as events,
         (select coalesce(sum(failures), 0)::int from failure_counters) as failures`,
  );
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  readonly code?: string;
}

async function bodyOf(response: Response): Promise<Body> {
  return (await response.json()) as Body;
}

function codesOf({ errors = [], code }: Body): (string | undefined)[] {
  return [code, ...errors.map(({ extensions }) => extensions?.code)];
}
