import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';

/** So many addresses of each kind; the first few warm everything up and are not timed. */
const SAMPLES = 200;
const WARM_UP = 10;

let app: TestApp;
const known: string[] = [];
beforeAll(async () => {
  app = await startTestApp({
    config: {
      rateLimits: { loginsPerMinute: 1e6, signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 },
      lockout: { threshold: 100 },
      mail: { kind: 'dev-mailbox', from: 'no-reply@example.com' },
    },
  });
  for (let n = 0; n < SAMPLES; n += 1) {
    const email = newAddress();
    known.push(email);
    expect((await app.client().signUp({ email, password: PASSWORD })).errors).toEqual([]);
  }
  await app.services.mails.idle();
  await countWrites();
}, 180_000);
afterAll(() => app.close());

/** Every public operation that takes an address. */
const operations: readonly [name: string, query: string, input: (email: string) => object][] = [
  [
    'signUp',
    'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename accepted } }',
    (email) => ({ email, password: PASSWORD }),
  ],
  [
    'login',
    'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
    (email) => ({ email, password: 'not the right password' }),
  ],
  [
    'requestPasswordReset',
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename accepted } }',
    (email) => ({ email }),
  ],
  [
    'requestEmailVerification',
    'mutation ($input: RequestEmailVerificationInput!) { requestEmailVerification(input: $input) { __typename accepted challengeId } }',
    (email) => ({ email }),
  ],
];

test.each(operations)(
  '%s answers 200 known and 200 unknown addresses alike, with as many rows',
  async (name, query, inputOf) => {
    await sql(app, 'delete from rate_limit');
    const seen = { known: [] as Seen[], unknown: [] as Seen[] };
    for (let n = 0; n < SAMPLES; n += 1) {
      // In turns, so that whatever slows the machine down slows both.
      const asks = [
        async () => seen.known.push(await ask(query, inputOf(known[n] ?? ''))),
        async () => seen.unknown.push(await ask(query, inputOf(newAddress()))),
      ];
      for (const one of n % 2 === 0 ? asks : asks.toReversed()) await one();
    }
    const shapes = new Set([...seen.known, ...seen.unknown].map(({ shape }) => shape));
    expect([...shapes]).toHaveLength(1);
    const settled = [...seen.known.slice(WARM_UP), ...seen.unknown.slice(WARM_UP)];
    const byCount = Object.groupBy(settled, ({ rows }) => rows);
    const told = Object.values(byCount).map(
      (group) => `${group?.[0]?.rows}: ${group?.[0]?.tables} (${group?.length} times)`,
    );
    expect(told.slice(1), told[0]).toEqual([]);
    expect(settled[0]?.rows).toBeGreaterThan(0);

    const timesOf = (samples: readonly Seen[]) => samples.slice(WARM_UP).map(({ ms }) => ms);
    const [a, b] = [timesOf(seen.known), timesOf(seen.unknown)];
    // Told, not asserted: on a machine that does other work the clock measures that work.
    process.stdout.write(
      `${name}: AUC ${auc(a, b).toFixed(3)}, medians ${median(a).toFixed(2)} and ${median(b).toFixed(2)} ms\n`,
    );
  },
  180_000,
);

test('the measure itself tells two kinds apart when they differ', () => {
  expect(auc([1, 2, 3], [1, 2, 3])).toBe(0.5);
  expect(auc([1, 2, 3], [4, 5, 6])).toBe(0);
});

interface Seen {
  readonly shape: string;
  readonly rows: number;
  readonly tables: string;
  readonly ms: number;
}

async function ask(query: string, input: object): Promise<Seen> {
  const client = app.client();
  const startedAt = performance.now();
  const answer = await client.send(query, { input });
  const ms = performance.now() - startedAt;
  const written = await writes();
  // Delivered before the next one is timed.
  await app.services.mails.idle();
  return { shape: shapeOf(answer), ...written, ms };
}

/** Lets every row that is added be counted, but for those of jobs. */
async function countWrites(): Promise<void> {
  await sql(app, 'create table writes_of_test (name text)');
  await sql(
    app,
    `create function count_write() returns trigger language plpgsql as
     $$ begin insert into writes_of_test values (tg_table_name); return null; end $$`,
  );
  const tables = await sql(
    app,
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name not in ('writes_of_test', 'cron_run')`,
  );
  for (const { name } of tables) {
    await sql(
      app,
      `create trigger count_write after insert on "${String(name)}" for each row execute function count_write()`,
    );
  }
}

/** The rows added since the last call: how many, and of which tables. */
async function writes(): Promise<{ rows: number; tables: string }> {
  const written = await sql(
    app,
    'with taken as (delete from writes_of_test returning name) select name from taken order by name',
  );
  const tables = Object.entries(Object.groupBy(written, ({ name }) => String(name)));
  return {
    rows: written.length,
    tables: tables.map(([name, rows]) => `${name} ${rows?.length}`).join(', '),
  };
}

/** Status, header names and values, and the shape of the body: everything but ids and the moment. */
function shapeOf({ status, headers, data, errors }: Answer): string {
  const changing = ['date', 'x-request-id', 'keep-alive', 'set-cookie'];
  const shown = [...headers].filter(([name]) => !changing.includes(name));
  return JSON.stringify({ status, shown, data, errors }).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>');
}

/** The chance that a known address takes longer than an unknown one: 0.5 tells nothing (area under the ROC curve). */
function auc(ofKnown: readonly number[], ofUnknown: readonly number[]): number {
  let wins = 0;
  for (const a of ofKnown) for (const b of ofUnknown) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (ofKnown.length * ofUnknown.length);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
