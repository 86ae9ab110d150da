import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { RawSocket } from '../support/raw-socket.js';

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** Cursors that no list of ours has given out. */
const forged: readonly string[] = [
  '',
  ' ',
  'x',
  'null',
  '====',
  '%00',
  encode(''),
  encode('0'),
  encode('-1'),
  encode('1.5'),
  encode('1e3'),
  encode('0x10'),
  encode('99999999999999999999999'),
  encode("1' or '1'='1"),
  encode('1; drop table users; --'),
  encode('00000000-0000-7000-8000-00000000000g'),
  encode('00000000-0000-7000-8000-000000000000 or true'),
  encode('{"id":{"$gt":""}}'),
  encode('[1,2]'),
  encode('a\u0000b'),
  `${encode('00000000-0000-7000-8000-000000000000')}=`,
  `${encode('00000000-0000-7000-8000-000000000000')} `,
  encode('00000000-0000-7000-8000-00000000000A'),
  'x'.repeat(5_000),
  '\u00e9\u4f60',
];

const LISTS = ['users', 'sessions', 'serviceAccounts', 'auditEvents'] as const;

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  await newPerson(app);
  await newPerson(app);
  await newService(admin);
  await newService(admin);
});
afterAll(() => app.close());

describe.each(LISTS)('%s', (list) => {
  const query = `query ($after: String) { ${list}(first: 1, after: $after) { edges { cursor } pageInfo { endCursor } } }`;

  test('refuses each forged cursor with INVALID_CURSOR', async () => {
    expect(forged.length).toBeGreaterThanOrEqual(20);
    for (const after of forged) {
      const answer = await admin.send(query, { after });
      expect(answer.code, after).toBe('INVALID_CURSOR');
      expect(answer.status, after).toBe(422);
    }
  });

  test('takes the cursor that it gave out', async () => {
    const first = await admin.send(query);
    const after = first.data?.[list].pageInfo.endCursor;
    expect(after).toBeTypeOf('string');
    expect((await admin.send(query, { after })).errors).toEqual([]);
  });

  test.each([-1, 0, 101, 2 ** 31 - 1])('gives no page of %i', async (first) => {
    const answer = await admin.send(`query ($first: Int) { ${list}(first: $first) { edges { cursor } } }`, {
      first,
    });
    expect(answer.code).toBe('INVALID_INPUT');
  });
});

test('a cursor of one list opens no other person’s rows in another', async () => {
  const { client } = await newPerson(app);
  const users = await admin.send('{ users(first: 1) { pageInfo { endCursor } } }');
  const after = users.data?.['users'].pageInfo.endCursor;
  const answer = await client.send(
    'query ($after: String) { sessions(after: $after) { edges { node { id current } } } }',
    { after },
  );
  const nodes = answer.data?.['sessions'].edges.map(({ node }: { node: { current: boolean } }) => node);
  expect(nodes.every(({ current }: { current: boolean }) => current)).toBe(true);
});

test('the event stream refuses each forged cursor with a code, and stays open', async () => {
  const raw = await RawSocket.open(app.url, { params: { authorization: `Bearer ${admin.accessToken}` } });
  const query = 'subscription ($after: String) { sessionRevoked(after: $after) { cursor } }';
  // 0 is one that it gives: the beginning of the log.
  const positions = new Set(['0'].map(encode));
  for (const after of forged.filter((each) => !positions.has(each))) {
    const answer = await raw.operate(query, { variables: { after } });
    expect(answer.code, after).toBe('INVALID_CURSOR');
  }
  expect((await raw.operate('{ __typename }')).data).toEqual({ __typename: 'Query' });
  raw.close();
});
