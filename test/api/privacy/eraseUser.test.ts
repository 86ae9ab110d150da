import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../../src/app/app.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { anotherDevice, newPerson, newService, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { type Answer, Client } from '../../support/client.js';
import { databaseUrl } from '../../support/database-template.js';
import { operations, run } from '../../support/operations.js';

const ERASE = `mutation E($input: EraseUserInput!) { eraseUser(input: $input) {
  userId dryRun receiptId erasedAt tables { feature table about action because rows } } }`;

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
});
afterAll(() => app.close());

const erase = async (userId: string, dryRun = false): Promise<Answer> =>
  await admin.send(ERASE, { input: { userId, dryRun } });

interface Entry {
  readonly table: string;
  readonly about: string;
  readonly action: string;
  readonly because: string;
  readonly rows: number;
}

function tablesOf({ data }: Answer): Entry[] {
  return (data ?? {})['eraseUser'].tables;
}

/** The rows by table, of the tables that lose any. */
function losses(answer: Answer): Record<string, number> {
  const losing = tablesOf(answer).filter(({ action, rows }) => action !== 'KEPT' && rows > 0);
  return Object.fromEntries(losing.map(({ table, rows }) => [table, rows]));
}

test('a dry run tells of every table what would go and why, and writes nothing', async () => {
  const person = await newPerson(app);
  const before = await sql(app, 'select sequence from audit_head');
  const plan = await erase(person.id, true);
  expect(plan.errors).toEqual([]);
  expect(plan.data?.['eraseUser']).toMatchObject({ userId: person.id, dryRun: true, receiptId: null });
  expect(losses(plan)).toMatchObject({ users: 1, passwords: 1, sessions: 1, refresh_tokens: 1 });
  for (const { about, because } of tablesOf(plan)) {
    expect([about, because].every((sentence) => /^[A-Z].+\.$/.test(sentence))).toBe(true);
  }
  expect(await sql(app, 'select sequence from audit_head')).toEqual(before);
  expect((await person.client.send('{ viewer { id } }')).data?.['viewer'].id).toBe(person.id);
});

test('an erasure does what its plan said, and its receipt is in the audit trail', async () => {
  const person = await newPerson(app);
  await app.services.mails.idle();
  const plan = await erase(person.id, true);
  const receipt = await erase(person.id);
  expect(receipt.errors).toEqual([]);
  expect(losses(receipt)).toEqual(losses(plan));
  const { receiptId, erasedAt, dryRun } = (receipt.data ?? {})['eraseUser'];
  expect([dryRun, typeof erasedAt]).toEqual([false, 'string']);
  const filter = { name: 'user.erased', subjectId: person.id };
  const { auditEvents } = await run(admin, operations.auditEvents, { first: 10, filter });
  expect(auditEvents.edges.map(({ node }) => node)).toEqual([
    expect.objectContaining({ userId: person.id, actorKind: 'user', personal: null }),
  ]);
  const payload = auditEvents.edges[0]?.node.payload as { receipt: string; tables: string[]; rows: number };
  expect(payload.receipt).toBe(receiptId);
  expect(payload.tables).toEqual(Object.keys(losses(receipt)));
  expect(payload.rows).toBe(Object.values(losses(receipt)).reduce((a, b) => a + b, 0));
});

describe('after an erasure', () => {
  let person: Person;
  let device: Client;
  beforeAll(async () => {
    person = await newPerson(app);
    device = await anotherDevice(app, person);
    await person.client.send('{ viewer { id } }');
    expect((await erase(person.id)).errors).toEqual([]);
  });

  test('no session works any more: neither a request, nor a refresh, nor a sign-in', async () => {
    for (const client of [person.client, device]) {
      expect((await client.send('{ sessions { edges { node { id } } } }')).code).toBe('SESSION_EXPIRED');
      expect((await client.refresh()).code).toBe('REFRESH_INVALID');
    }
    const again = await app.client().login({ email: person.email, password: PASSWORD });
    expect(again.code).toBe('INVALID_CREDENTIALS');
  });

  test('the user is not there any more, for admins neither', async () => {
    const answer = await admin.send('query ($id: UUID!) { user(id: $id) { id } }', { id: person.id });
    expect(answer.data).toEqual({ user: null });
    expect((await erase(person.id)).code).toBe('USER_NOT_FOUND');
    expect((await erase(person.id, true)).code).toBe('USER_NOT_FOUND');
  });

  test('no table that loses rows has any left', async () => {
    const tables = app.services.personalTables.filter(({ action }) => action !== 'kept');
    const subject = { userId: person.id, identifiers: [] };
    expect(tables.length).toBeGreaterThan(5);
    for (const { table, count } of tables) {
      expect([table, await count(app.services.em.fork(), subject)]).toEqual([table, 0]);
    }
  });

  test('the audit chain verifies, and tells no personal facts of the account', async () => {
    expect((await run(admin, operations.verifyAuditChain, {})).verifyAuditChain).toMatchObject({
      valid: true,
    });
    const { auditEvents } = await run(admin, operations.auditEvents, {
      first: 100,
      filter: { userId: person.id },
    });
    expect(auditEvents.edges.length).toBeGreaterThan(5);
    expect(auditEvents.edges.map(({ node }) => node.personal)).toEqual(auditEvents.edges.map(() => null));
  });

  test('the address is free for somebody else', async () => {
    const newcomer = app.client();
    expect((await newcomer.signUp({ email: person.email, password: PASSWORD })).errors).toEqual([]);
    expect((await newcomer.login({ email: person.email, password: PASSWORD })).errors).toEqual([]);
    expect(newcomer.userId).not.toBe(person.id);
    // What the trail tells of them is theirs, although it names what was erased a moment ago.
    const filter = { userId: newcomer.userId ?? '', name: 'user.created' };
    const { auditEvents } = await run(admin, operations.auditEvents, { first: 10, filter });
    expect(auditEvents.edges[0]?.node.personal).toMatchObject({ email: person.email });
  });
});

test('a socket of the user closes at once', async () => {
  const person = await newPerson(app);
  const socket = person.client.socket();
  const closed = new Promise<unknown>((resolve) => socket.on('closed', resolve));
  const heard = socket.iterate({ query: 'subscription { sessionRevoked { sessionId } }' });
  void heard.next().catch(() => {});
  await new Promise<void>((resolve) => socket.on('connected', () => resolve()));
  expect((await erase(person.id)).errors).toEqual([]);
  expect(await closed).toMatchObject({ code: 4401 });
});

test('of thirty erasures at once one is carried out, and the others find nobody', async () => {
  const person = await newPerson(app);
  const answers = await Promise.all(Array.from({ length: 30 }, async () => await erase(person.id)));
  const codes = answers.map(({ code }) => code ?? 'erased').toSorted();
  expect(codes).toEqual([...Array.from({ length: 29 }, () => 'USER_NOT_FOUND'), 'erased'].toSorted());
  const filter = { name: 'user.erased', subjectId: person.id };
  const { auditEvents } = await run(admin, operations.auditEvents, { first: 10, filter });
  expect(auditEvents.edges).toHaveLength(1);
});

test('an id that is nobody’s is refused', async () => {
  expect((await erase('01980000-0000-7000-8000-000000000000')).code).toBe('USER_NOT_FOUND');
  expect((await erase('not-an-id')).code).toBe('BAD_USER_INPUT');
});

test('the last system admin cannot be erased, by whoever may do as much', async () => {
  const { basic } = await newService(admin, { roles: ['system_admin'] });
  for (const dryRun of [true, false]) {
    const input = { userId: admin.userId, dryRun };
    const refused = await app.client().send(ERASE, { input }, { authorization: basic });
    expect(refused.code).toBe('LAST_ADMIN');
  }
  expect((await admin.send('{ viewer { id } }')).errors).toEqual([]);
});

test('without the permission nobody is erased, not even a user by themselves', async () => {
  const person = await newPerson(app);
  const other = await newPerson(app);
  for (const userId of [person.id, other.id]) {
    expect((await person.client.send(ERASE, { input: { userId } })).code).toBe('FORBIDDEN');
  }
  const nobody = await app.client().send(ERASE, { input: { userId: other.id } });
  expect(nobody.code).toBe('UNAUTHENTICATED');
  const service = await newService(admin);
  const machine = await app
    .client()
    .send(ERASE, { input: { userId: other.id } }, { authorization: service.basic });
  expect(machine.code).toBe('FORBIDDEN');
});

test('nobody erases a user who may do more than they', async () => {
  const eraser = await newPerson(app);
  const strong = await newPerson(app);
  await sql(
    app,
    `insert into roles (id, name, description, permissions, built_in, created_at)
     values (gen_random_uuid(), 'eraser', 'Erases.', '["users:erase"]', false, now())`,
  );
  await giveRole(eraser, 'eraser');
  await giveRole(strong, 'resource_server');
  const client = await anotherDevice(app, eraser);
  for (const userId of [admin.userId, strong.id]) {
    const refused = await client.send(ERASE, { input: { userId } });
    expect(refused.code).toBe('USER_TOO_POWERFUL');
  }
  const weak = await newPerson(app);
  expect((await client.send(ERASE, { input: { userId: weak.id } })).errors).toEqual([]);
});

// Only there can be two processes.
describe.each(databaseUrl === undefined ? [] : ['Postgres'])('on %s', () => {
  test('another process refuses the sessions of the user within a second, and closes their sockets', async () => {
    const other = await startApp(app.services.config);
    try {
      const person = await newPerson(app);
      const there = new Client(other.url);
      there.accessToken = person.client.accessToken;
      // Warm: the other process has the session in its cache.
      expect((await there.send('{ viewer { id } }')).data?.['viewer'].id).toBe(person.id);
      const socket = there.socket();
      const closed = new Promise<unknown>((resolve) => socket.on('closed', resolve));
      void socket
        .iterate({ query: 'subscription { sessionRevoked { sessionId } }' })
        .next()
        .catch(() => {});
      await new Promise<void>((resolve) => socket.on('connected', () => resolve()));
      expect((await erase(person.id)).errors).toEqual([]);
      const refusal = async () => (await there.send('{ sessions { edges { node { id } } } }')).code;
      await expect.poll(refusal, { timeout: 1_000, interval: 10 }).toBe('SESSION_EXPIRED');
      expect(await closed).toMatchObject({ code: 4401 });
      expect((await there.refresh(person.client.refreshToken)).code).toBe('REFRESH_INVALID');
    } finally {
      await other.close();
    }
  });
});

async function giveRole({ id }: Person, role: string): Promise<void> {
  const { access, unitOfWork } = app.services;
  await unitOfWork.run(async (unit) => await access.assign(unit, systemCaller(), { kind: 'user', id }, role));
}
