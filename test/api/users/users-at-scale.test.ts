import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { IMPORT_BATCH } from '../../../src/features/users/import-users.service.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { newId } from '../../../src/kernel/id.js';
import { sql } from '../../support/accounts.js';
import { newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

const USERS = 100_000;
/** How many rows may be looked at for a page of twenty. */
const BOUND = 2_000;

vi.setConfig({ hookTimeout: 600_000 });

let app: TestApp;
let admin: Client;
let role: string;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  await importPeople();
  role = await newRole(app, ['users:list']);
  await prepareRareOnes();
  await sql(app, 'analyze');
}, 600_000);
afterAll(async () => await app.close());

/** One in a thousand has a rare name; everybody’s address has the same domain. */
function lineOf(i: number): string {
  return JSON.stringify({
    email: `user${i}@people.example`,
    emailVerified: i % 500 !== 0,
    username: `handle-${i}`,
    displayName:
      i % 1_000 === 0 ? `Zephyrine Quill ${i}` : `${i < 90_000 ? 'Veteran' : 'Person'} Number ${i}`,
    createdAt: new Date(1_600_000_000_000 + i * 1_000).toISOString(),
    status: i % 2_000 === 1 ? 'deactivated' : 'active',
  });
}

async function importPeople(): Promise<void> {
  global.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const started = performance.now();
  const importId = newId();
  for (let from = 0; from < USERS; from += IMPORT_BATCH) {
    const lines = Array.from({ length: IMPORT_BATCH }, (_, i) => ({
      number: from + i + 1,
      text: lineOf(from + i),
    }));
    const results = await app.services.importUsers.importBatch(systemCaller('test'), importId, lines);
    expect(results.every(({ outcome }) => outcome === 'created')).toBe(true);
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const seconds = (performance.now() - started) / 1_000;
  const { kind } = app.services.config.database;
  console.info(
    `${USERS} users imported on ${kind}: ${seconds.toFixed(1)} s, ${Math.round(USERS / seconds)} a second, ` +
      `memory +${Math.round((peak - before) / 1_048_576)} MiB`,
  );
}

/** Of each kind a few, far from both ends of the list. */
async function prepareRareOnes(): Promise<void> {
  await sql(
    app,
    `insert into role_assignments (id, holder_kind, holder_id, role_id, granted_by_session_id, created_at)
     select gen_random_uuid(), 'user', u.id, r.id, null, now() from users u, roles r
     where r.name = ? and u.email ~ '^user50.00@'`,
    [role],
  );
  await sql(
    app,
    `insert into failure_counters (key, account, failures, pending, prior, rights, first_failure_at, last_failure_at)
     select 'account:user:' || id, 'user:' || id, case when email ~ '^user51.00@' then 7 else 1 end, 0, 0, 0, now(), now()
     from users where email ~ '^user5....@'`,
  );
  await sql(app, `update users set status = 'deleted', deleted_at = now() where email ~ '^user52.00@'`);
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** How many rows a step has looked at, whether or not it gave them on. */
const looked = (node: Plan): number =>
  (node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)) *
  node['Actual Loops'];

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Sends the query over HTTP, and explains what it ran on the table of users. */
async function plansOf(variables: object): Promise<{ plans: Plan[]; count: number }> {
  const connection = app.services.em.getConnection();
  const execute = vi.spyOn(connection, 'execute');
  let calls: readonly unknown[][];
  let count: number;
  try {
    const answer = await admin.send(
      `query ($filter: UserFilter, $after: String, $orderBy: UserOrder! = NEWEST_FIRST) {
        users(first: 20, filter: $filter, after: $after, orderBy: $orderBy) { edges { cursor node { id email } } } }`,
      variables,
    );
    expect(answer.errors).toEqual([]);
    count = answer.data?.['users'].edges.length;
    calls = execute.mock.calls;
  } finally {
    execute.mockRestore();
  }
  const plans: Plan[] = [];
  let settings: string | undefined;
  for (const [query, values] of calls as [string, unknown[]][]) {
    if (query.includes('set_config')) settings = query;
    if (!/users\.\*|\* from users/.test(query)) continue;
    plans.push(await explained(query, values, settings));
    settings = undefined;
  }
  return { plans, count };
}

/** The plan of a statement, under the settings that it was run with. */
async function explained(query: string, values: readonly unknown[], settings?: string): Promise<Plan> {
  return await app.services.em.fork().transactional(async (em) => {
    if (settings) await em.execute(settings);
    const rows: { 'QUERY PLAN': [{ Plan: Plan }] }[] = await em.execute(
      `explain (analyze, format json) ${query}`,
      [...values],
    );
    const [row] = rows;
    if (!row) throw new Error('There is no plan.');
    return row['QUERY PLAN'][0].Plan;
  });
}

function report(title: string, plan: Plan): void {
  const steps = nodesOf(plan).map((node) => {
    const where = [node['Relation Name'], node['Index Name']].filter(Boolean).join('.');
    return `${node['Node Type']}${where && ` ${where}`} ${node['Actual Rows'] * node['Actual Loops']} of ${looked(node)}`;
  });
  console.info(`${title}: ${steps.join(' < ')}`);
}

describe('of a hundred thousand users', () => {
  const middle = Buffer.from('01748a69-7080-7000-8000-000000000000').toString('base64url');

  test.each<[string, object, number]>([
    ['the first page', {}, 20],
    ['the oldest', { orderBy: 'OLDEST_FIRST' }, 20],
    ['a page in the middle', { after: middle }, 20],
    ['a page in the middle, backward', { after: middle, orderBy: 'OLDEST_FIRST' }, 20],
    ['one, by the address', { filter: { search: 'user77777@people.example' } }, 1],
    ['one, by the username', { filter: { search: 'handle-54321' } }, 1],
    ['those of a rare name, by its beginning', { filter: { search: 'ZEPH' } }, 20],
    ['those of a rare name and a number', { filter: { search: 'quill zeph 500' } }, 2],
    ['those of a word that everybody has', { filter: { search: 'example' } }, 20],
    ['those of the first letter of such a word', { filter: { search: 'p' } }, 20],
    [
      'those of a word that the old ones have',
      { filter: { search: 'veteran' }, orderBy: 'OLDEST_FIRST' },
      20,
    ],
    ['none, of a word that nobody has', { filter: { search: 'nobodyhasthis' } }, 0],
    ['the deactivated', { filter: { status: 'DEACTIVATED' } }, 20],
    ['the deleted', { filter: { status: 'DELETED' } }, 10],
    ['those who have proved nothing', { filter: { verified: false } }, 20],
    ['those who have', { filter: { verified: true } }, 20],
    ['the holders of a rare role', { filter: { role: 'RARE' } }, 10],
    ['the holders of a role that there is not', { filter: { role: 'nothing' } }, 0],
    ['those of a rare role and a common word', { filter: { role: 'RARE', search: 'people' } }, 10],
  ])('%s are found without reading the others', async (title, variables, expected) => {
    const asked = JSON.parse(JSON.stringify(variables).replace('RARE', role));
    const { plans, count } = await plansOf(asked);
    expect(count).toBe(expected);
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) {
      report(title, plan);
      for (const node of nodesOf(plan)) {
        expect(`${node['Node Type']} ${node['Relation Name'] ?? ''}`).not.toBe('Seq Scan users');
        expect(looked(node), node['Node Type']).toBeLessThan(BOUND);
      }
    }
  });

  test('those who are locked are found among the counters, and looked up one by one', async () => {
    const { plans, count } = await plansOf({ filter: { locked: true } });
    expect(count).toBe(10);
    expect(plans.length).toBeGreaterThan(0);
    for (const plan of plans) {
      report('locked', plan);
      const read = nodesOf(plan).filter((node) => node['Relation Name'] === 'users');
      expect(read.map((node) => `${node['Node Type']} ${looked(node)}`)).toEqual(['Index Scan 10']);
    }
  });

  test('a word that all but the newest have is found in the index of words, without a look at the table', async () => {
    const { plans, count } = await plansOf({ filter: { search: 'veteran' } });
    expect(count).toBe(20);
    for (const plan of plans) report('veterans', plan);
    expect(plans.flatMap(nodesOf).map((node) => node['Node Type'])).not.toContain('Seq Scan');
  });

  test('they are counted when asked for', async () => {
    const count = async (filter: object | null) => {
      const answer = await admin.send(
        'query ($filter: UserFilter) { users(first: 1, filter: $filter) { totalCount } }',
        {
          filter,
        },
      );
      return answer.data?.['users'].totalCount;
    };
    expect(await count(null)).toBe(USERS - 10 + 1);
    expect(await count({ search: 'zephyrine' })).toBe(99);
    expect(await count({ verified: true, search: 'zephyrine' })).toBe(0);
    expect(await count({ locked: true })).toBe(10);
    expect(await count({ locked: false, role })).toBe(10);
  });
});
