import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFeatures } from '../../src/app/features.js';
import { platformEntities } from '../../src/app/infrastructure.js';
import { Secret } from '../../src/kernel/secret.js';
import { applyMigrations, migrate } from '../../src/platform/database/migrate.js';
import { type DatabaseSettings, type Orm, openOrm } from '../../src/platform/database/orm.js';
import { databaseUrl } from '../support/database-template.js';

const entities = [...platformEntities, ...allFeatures.flatMap((feature) => feature.entities)];
const written = readdirSync(join(import.meta.dirname, '../../migrations'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .toSorted();

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const embedded = (): Promise<DatabaseSettings> =>
  Promise.resolve({ kind: 'embedded', directory: 'memory://' });

describe('on the embedded database', () => {
  holdsFor(embedded);
});

// Without a Postgres there is nothing more to try; CI runs every test with and without one.
describe.each(databaseUrl === undefined ? [] : ['Postgres'])('on %s', () => {
  holdsFor(emptyPostgres);

  test('of two processes that migrate at once one does it, and both find the tables', async () => {
    const settings = await emptyPostgres();
    const applied = await Promise.all([migrate(settings, entities), migrate(settings, entities)]);
    expect(applied.flat().toSorted()).toEqual(written);
    expect(await differences(await open(settings))).toBe('');
  });
});

/** The promises of the migrations, told in order on one database that is empty at first. */
function holdsFor(empty: () => Promise<DatabaseSettings>): void {
  let orm: Orm;
  let applied: string[];
  beforeAll(async () => {
    orm = await open(await empty());
    applied = await applyMigrations(orm);
  });

  test('all migrations together give exactly the tables that the entities describe', async () => {
    expect(applied.toSorted()).toEqual(written);
    expect(await differences(orm)).toBe('');
  });

  test('a second run has nothing to do', async () => {
    expect(await applyMigrations(orm)).toEqual([]);
  });

  test('a column that no entity describes would show as a difference', async () => {
    await orm.em.getConnection().execute('alter table users add column forgotten int');
    expect(await differences(orm)).toContain('forgotten');
    await orm.em.getConnection().execute('alter table users drop column forgotten');
  });

  test('going down leaves no table, and up again gives the same tables', async () => {
    expect((await tables(orm)).length).toBeGreaterThan(15);
    await orm.migrator.down({ to: 0 });
    expect(await tables(orm)).toEqual([]);
    expect((await applyMigrations(orm)).toSorted()).toEqual(written);
    expect(await differences(orm)).toBe('');
  });
}

async function open(settings: DatabaseSettings): Promise<Orm> {
  const orm = await openOrm(settings, entities);
  closing.push(() => orm.close());
  return orm;
}

/** The SQL that would bring the database to the entities; empty when they agree. */
async function differences(orm: Orm): Promise<string> {
  return (await orm.schema.getUpdateSchemaSQL({ wrap: false })).trim();
}

async function tables(orm: Orm): Promise<string[]> {
  const rows: { name: string }[] = await orm.em.getConnection().execute(
    `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_name <> 'mikro_orm_migrations' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** A new, empty database on the Postgres of the run; dropped at the end. */
async function emptyPostgres(): Promise<DatabaseSettings & { kind: 'postgres' }> {
  const name = `latchkey_test_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name}`);
  closing.push(() => administer(`drop database if exists ${name} with (force)`));
  const url = new URL(databaseUrl ?? '');
  url.pathname = `/${name}`;
  return { kind: 'postgres', url: new Secret(url.href), poolSize: 2 };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}
