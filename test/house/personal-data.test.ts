import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFeatures } from '../../src/app/features.js';
import { platformEntities } from '../../src/app/infrastructure.js';
import { applyMigrations } from '../../src/platform/database/migrate.js';
import { type Orm, openOrm } from '../../src/platform/database/orm.js';

/** Tables that hold nothing about people, and why that is so. A table with a column of `OF_PEOPLE` never belongs here. */
const ABOUT_NOBODY: Readonly<Record<string, string>> = {
  audiences: 'Services that take tokens.',
  audit_head: 'The number and the hash of the last link.',
  cron_run: 'When a job ran.',
  groups: 'Names of groups; who is in them stands elsewhere.',
  machine_tokens: 'Which tokens machines have, and what for.',
  mikro_orm_migrations: 'Which migrations were applied.',
  rate_limit: 'Counters under keyed fingerprints and ids, gone when their window is over: a day at most.',
  roles: 'Names of roles and their permissions.',
  role_widenings: 'What roles have come to allow, and the id of the session that did it.',
  service_accounts: 'Machines, and the id of the session that made them.',
  signing_keys: 'Keys.',
};

/** Columns that point at a person, or hold something that only a person has. */
const OF_PEOPLE =
  /(^|_)(user|actor|holder|owner|subject|account|person|member|invitee|inviter)(_id)?$|email|username|display_name|picture|phone|^(to|ip|user_agent|locale)$/;

/** A service account is no person. */
const MACHINES = new Set([
  'client_secrets.service_account_id',
  'machine_tokens.service_account_id',
  'role_widenings.granted_by_service_account_id',
  'service_accounts.created_by_service_account_id',
]);

const tables = allFeatures.flatMap(({ name, personalData = [] }) =>
  personalData.map((table) => ({ ...table, feature: name })),
);
const covered = new Set(tables.map(({ table }) => table));

let orm: Orm;
beforeAll(async () => {
  const entities = [...platformEntities, ...allFeatures.flatMap((feature) => feature.entities)];
  orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, entities);
  await applyMigrations(orm);
});
afterAll(() => orm.close());

describe('every table of the database', () => {
  test('says what an erasure does with it, or is known to hold nothing about people', async () => {
    expect((await allTables()).length).toBeGreaterThan(18);
    expect((await allTables()).filter((table) => !covered.has(table) && !(table in ABOUT_NOBODY))).toEqual(
      [],
    );
  });

  test('with a column about a person, or a reference to users, says what an erasure does with it', async () => {
    const columns = await personalColumns();
    expect(columns.length).toBeGreaterThan(8);
    expect(columns.filter(({ table }) => !covered.has(table))).toEqual([]);
  });

  test.each([
    ['a user id', 'create table planted (id uuid primary key, user_id uuid)', ['planted.user_id']],
    [
      'an address',
      'create table planted (id uuid primary key, billing_email text)',
      ['planted.billing_email'],
    ],
    [
      'a reference to users under any name',
      'create table planted (id uuid primary key, wished_by uuid references users (id))',
      ['planted.wished_by'],
    ],
    [
      'a reference to users and no other column',
      'create table planted (id uuid references users (id))',
      ['planted.id'],
    ],
  ])('that somebody adds with %s is found by the checks above', async (_what, create, found) => {
    await orm.em.getConnection().execute(create);
    try {
      const uncovered = (await personalColumns()).filter(({ table }) => !covered.has(table));
      expect(uncovered.map(({ table, column }) => `${table}.${column}`)).toEqual(found);
      expect((await allTables()).filter((table) => !covered.has(table) && !(table in ABOUT_NOBODY))).toEqual([
        'planted',
      ]);
    } finally {
      await orm.em.getConnection().execute('drop table planted');
    }
  });

  test('stands in at most one of the lists, and is there', async () => {
    const existing = await allTables();
    const named = [...tables.map(({ table }) => table), ...Object.keys(ABOUT_NOBODY)];
    expect(named.filter((table) => !existing.includes(table))).toEqual([]);
    expect(named.filter((table, index) => named.indexOf(table) !== index)).toEqual([]);
  });
});

describe('what a manifest says of a table', () => {
  test.each(tables.map((table) => [table.table, table] as const))(
    '%s: in sentences what it holds, and why that happens to it; whatever does not stay is erased',
    (_name, { about, because, action, erase }) => {
      expect(about).toMatch(/^[A-Z].+\.$/);
      expect(because).toMatch(/^[A-Z].+\.$/);
      expect(erase !== undefined).toBe(action !== 'kept');
    },
  );

  test.each(tables.map((table) => [table.table, table] as const))(
    '%s: counts, erases and exports nothing of somebody who is not there',
    async (_name, { count, erase, export: read }) => {
      const subject = {
        userId: '01980000-0000-7000-8000-000000000000',
        identifiers: ["nobody's@example.com"],
      };
      const em = orm.em.fork() as Parameters<typeof count>[0];
      expect(await count(em, subject)).toBe(0);
      await erase?.(em, subject);
      const data = (await read?.(em, subject)) ?? [];
      expect(Array.isArray(data) ? data : Object.values(data).flat()).toEqual([]);
    },
  );
});

async function allTables(): Promise<string[]> {
  const rows: { name: string }[] = await orm.em
    .getConnection()
    .execute(
      "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
    );
  return rows.map(({ name }) => name);
}

/** Columns whose name says that they are about a person, and those that reference the users, whatever their name. */
async function personalColumns(): Promise<{ table: string; column: string }[]> {
  const named: { table: string; column: string }[] = await orm.em.getConnection().execute(
    `select table_name as table, column_name as column from information_schema.columns
       where table_schema = 'public' order by 1, 2`,
  );
  const referencing: { table: string; column: string }[] = await orm.em.getConnection().execute(
    `select c.conrelid::regclass::text as table, a.attname as column
     from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
     where c.contype = 'f' and c.confrelid = 'users'::regclass order by 1, 2`,
  );
  const keys = [...named.filter(({ column }) => OF_PEOPLE.test(column)), ...referencing]
    .map(({ table, column }) => `${table}.${column}`)
    .filter((key) => !MACHINES.has(key));
  return [...new Set(keys)].map((key) => {
    const [table = '', column = ''] = key.split('.');
    return { table, column };
  });
}
