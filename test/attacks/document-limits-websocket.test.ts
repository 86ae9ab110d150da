import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { costlyDocuments, manyGuesses } from '../support/document-attacks.js';
import { type OperationResult, RawSocket } from '../support/raw-socket.js';

let app: TestApp;
const open: RawSocket[] = [];
beforeAll(async () => {
  app = await startTestApp();
});
afterEach(() => {
  for (const raw of open.splice(0)) raw.close();
});
afterAll(() => app.close());

test.each(manyGuesses(ADMIN.email))(
  'many guesses in one document over the websocket, by $name: refused, and none of them is made',
  async ({ query, variables, operationName, code }) => {
    const before = await traces();
    const answer = await (await socket()).operate(query, { variables, operationName });
    expect(answer.data ?? null).toBeNull();
    expect(codesOf(answer)).toContain(code);
    expect(await traces()).toEqual(before);
  },
);

test.each(costlyDocuments)(
  'a costly document over the websocket, of $name, is refused under its code',
  async ({ query, code }) => {
    const answer = await (await socket()).operate(query);
    expect(answer.data ?? null).toBeNull();
    expect(codesOf(answer)).toContain(code);
  },
);

test('a message of 2 MB closes the socket with 1009, and prints nothing on our side', async () => {
  const printed = vi.spyOn(console, 'error');
  const raw = await socket();
  const payload = { query: '{ __typename }', variables: { a: 'x'.repeat(2_000_000) } };
  raw.send({ type: 'subscribe', id: '1', payload });
  expect((await raw.closed).code).toBe(1009);
  expect(printed).not.toHaveBeenCalled();
});

describe('sixty guesses over one websocket', () => {
  const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const email = 'victim@example.com';
  const password = 'the right one after all';

  test('share one budget with each other and with HTTP', async () => {
    expect((await app.client().signUp({ email, password })).errors).toEqual([]);
    const raw = await socket();
    const answers = [];
    for (let n = 0; n < 60; n += 1) {
      const input = { email, password: `guess number ${n}` };
      answers.push((await raw.operate(LOGIN, { variables: { input } })).code);
    }
    const threshold = app.services.config.lockout.threshold;
    expect(answers.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(threshold);
    expect(answers.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(60 - threshold);
    // Not even the right password comes through while the budget is spent, whatever the transport.
    expect((await app.client().login({ email, password })).code).toBe('TOO_MANY_ATTEMPTS');
    expect((await raw.operate(LOGIN, { variables: { input: { email, password } } })).code).toBe(
      'TOO_MANY_ATTEMPTS',
    );
  });
});

describe('a message that is none of the protocol closes the socket', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start"}'],
    ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['a query of a wrong type', '{"type":"subscribe","id":"1","payload":{"query":{"a":1}}}'],
    ['variables of a wrong type', '{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":3}}'],
  ])('%s: 4400', async (_name, message) => {
    const raw = await socket();
    raw.send(message);
    expect((await raw.closed).code).toBe(4400);
  });

  test('an operation before connection_init: 4401', async () => {
    const raw = await RawSocket.connect(app.url);
    raw.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
    expect((await raw.closed).code).toBe(4401);
  });

  test('a second connection_init: 4429', async () => {
    const raw = await socket();
    raw.send({ type: 'connection_init' });
    expect((await raw.closed).code).toBe(4429);
  });

  test('the server answers others as before', async () => {
    expect((await (await socket()).operate('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

async function socket(): Promise<RawSocket> {
  const raw = await RawSocket.open(app.url);
  open.push(raw);
  return raw;
}

/** What a guess leaves behind: rows of the audit trail and of the failure counters. */
async function traces(): Promise<unknown> {
  return app.services.em.fork().execute(
    `select (select count(*)::int from audit_events) as events,
         (select coalesce(sum(failures), 0)::int from failure_counters) as failures`,
  );
}

function codesOf({ errors }: OperationResult): unknown[] {
  return errors.map(({ extensions }) => extensions['code']);
}
