import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { databaseUrl } from '../support/database-template.js';
import { changeEmail, generousLimits, requestVerification } from '../support/email-flows.js';
import { operations, run } from '../support/operations.js';
import { everyRow, foundIn, mailsInOutbox, PlacedClient } from '../support/traces.js';

const ROUNDS = 20;

/** What somebody may be told whose account vanishes while they use it; nothing of it is a fault of ours. */
const REFUSALS = [
  'INVALID_CREDENTIALS',
  'TOO_MANY_ATTEMPTS',
  'SESSION_EXPIRED',
  'REFRESH_INVALID',
  'UNAUTHENTICATED',
  'USER_NOT_FOUND',
  'STEP_UP_REQUIRED',
  'RATE_LIMITED',
  // On a busy machine somebody may wait for the erasure longer than the database allows.
  'SERVICE_UNAVAILABLE',
];

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  const server = { trustedProxies: ['127.0.0.0/8', '::1/128'] };
  app = await startTestApp({ config: { server, rateLimits: generousLimits, lockout: { threshold: 100 } } });
  admin = await app.adminClient();
  // Mail that is promised stays where it is, so that none gets away before anybody looks.
  await app.services.mails.stop();
});
afterAll(() => app.close());

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  'round %i: nothing is left of somebody who is erased while they sign in, refresh, change and ask for mail',
  async (round) => {
    const place = { ip: `198.51.100.${round + 1}`, userAgent: `RaceBrowser/${round}.0` };
    const email = newAddress();
    const wish = newAddress();
    const person = new PlacedClient(app.url, place);
    expect((await person.signUp({ email, password: PASSWORD })).errors).toEqual([]);
    expect((await person.login({ email, password: PASSWORD })).errors).toEqual([]);
    const userId = person.userId ?? '';

    const others = uses(person, { email, wish });
    const place0 = round % (others.length + 1);
    const requests = [...others.slice(0, place0), () => erase(userId), ...others.slice(place0)];
    const answers = await Promise.all(requests.map(async (request) => await request()));
    expect(answers[place0]?.errors).toEqual([]);
    const codes = answers.flatMap(({ code }) => (code === undefined ? [] : [code]));
    expect(codes.filter((code) => !REFUSALS.includes(code))).toEqual([]);

    const rows = `${await everyRow(app)} ${await mailsInOutbox(app)}`;
    expect(foundIn(rows, { email, wish, ...place })).toEqual([]);
    // A statement beside the units of work, such as the count of a sign-in, may be later than all of them.
    await app.services.retention.eraseRemains();
    expect(await remains(userId)).toEqual([]);
  },
);

test('the audit chain verifies afterwards', async () => {
  const { verifyAuditChain } = await run(admin, operations.verifyAuditChain, {});
  expect(verifyAuditChain).toMatchObject({ valid: true });
});

test('what is written beside a unit of work goes within minutes, and the fingerprints of the erased with it', async () => {
  const [{ user_id: userId } = {}] = await sql(app, 'select user_id from audit_forgotten limit 1');
  await sql(
    app,
    `insert into outgoing_mails (id, kind, user_id, sealed, attempts, due_at, created_at, failure)
     values (gen_random_uuid(), 'late', ?, 'x', 0, null, now(), null)`,
    [userId],
  );
  expect(await remains(String(userId))).toEqual(['outgoing_mails']);
  await app.services.retention.eraseRemains();
  expect(await remains(String(userId))).toEqual([]);
  expect(await sql(app, 'select 1 from audit_forgotten')).not.toEqual([]);
  await sql(app, "update audit_forgotten set until = now() - interval '1 second'");
  await app.services.retention.eraseRemains();
  expect(await sql(app, 'select 1 from audit_forgotten')).toEqual([]);
});

// Only there can somebody else have written what is not committed yet.
describe.each(databaseUrl === undefined ? [] : ['Postgres'])('on %s', () => {
  test('what another process has written and not yet committed when the erasure gets there is erased', async () => {
    const place = { ip: '198.51.100.200', userAgent: 'LateBrowser/1.0' };
    const person = new PlacedClient(app.url, place);
    const email = newAddress();
    await person.signUp({ email, password: PASSWORD });
    await person.login({ email, password: PASSWORD });
    const { database } = app.services.config;
    const url = database.kind === 'postgres' ? database.url.reveal() : '';
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('select pg_advisory_xact_lock(7205001)');
      await other.query(
        `insert into audit_personal (event_id, user_id, salt, facts) values (gen_random_uuid(), $1, 'salt', $2)`,
        [person.userId, { ip: place.ip }],
      );
      const erased = erase(person.userId ?? '');
      await waiting(other);
      await other.query('commit');
      expect((await erased).errors).toEqual([]);
    } finally {
      await other.end();
    }
    expect(await remains(person.userId ?? '')).toEqual([]);
    expect(foundIn(await everyRow(app), place)).toEqual([]);
  });

  /** Resolves when somebody waits for an advisory lock. */
  async function waiting(client: pg.Client): Promise<void> {
    const text = `select 1 from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(async () => (await client.query(text)).rowCount, { interval: 20 }).toBe(1);
  }
});

/** Everything that somebody does at once with an account. */
function uses(
  person: PlacedClient,
  { email, wish }: { email: string; wish: string },
): (() => Promise<Answer>)[] {
  const login = async (password: string): Promise<Answer> =>
    await person.send('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input: { email, password },
    });
  return [
    async () => await login(PASSWORD),
    async () => await login('not the password at all'),
    async () => await person.refresh(person.refreshToken),
    async () => await changeEmail(person, wish),
    async () => await login(PASSWORD),
    async () => await requestVerification(person, email),
    async () =>
      await person.send(
        'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }',
        { input: { displayName: email } },
      ),
    async () =>
      await person.send(
        'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
        { input: { email } },
      ),
    async () => await login('not the password either'),
  ];
}

async function erase(userId: string): Promise<Answer> {
  return await admin.send('mutation ($input: EraseUserInput!) { eraseUser(input: $input) { receiptId } }', {
    input: { userId },
  });
}

/** The tables that hold rows about the user which an erasure takes away. */
async function remains(userId: string): Promise<string[]> {
  const found: string[] = [];
  for (const { table, action, count } of app.services.personalTables) {
    const rows = await count(app.services.em.fork(), { userId, identifiers: [] });
    if (action !== 'kept' && rows > 0) found.push(table);
  }
  return found;
}
