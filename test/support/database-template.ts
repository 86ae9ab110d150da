import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { PgliteConnection } from '@mikro-orm/pglite';
import pg from 'pg';
import { allFeatures } from '../../src/app/features.js';
import { platformEntities } from '../../src/app/infrastructure.js';
import { Secret } from '../../src/kernel/secret.js';
import { applyMigrations, migrate } from '../../src/platform/database/migrate.js';
import { openOrm } from '../../src/platform/database/orm.js';
import { entriesOf, type TemplateEntry, TemplateFilesystem } from './template-filesystem.js';

/** The Postgres that tests may make databases on, or undefined: then they run on the embedded database. */
export const databaseUrl = process.env['DATABASE_URL'];

const entities = [...platformEntities, ...allFeatures.flatMap((feature) => feature.entities)];
const migrations = join(import.meta.dirname, '../../migrations');

let entries: Promise<TemplateEntry[]> | undefined;

/** A migrated, empty embedded database to start from: a fifth of a second instead of three. */
export async function embeddedTemplate(): Promise<TemplateFilesystem> {
  entries ??= readTemplate();
  return new TemplateFilesystem(await entries);
}

/** A database of its own on the given Postgres, migrated; `drop` removes it. */
export async function freshPostgres(adminUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = await postgresTemplate(adminUrl);
  const name = `latchkey_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${name} template ${template}`));
  return {
    url: urlOf(adminUrl, name),
    drop: () => asAdmin(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

async function readTemplate(): Promise<TemplateEntry[]> {
  const file = join(tmpdir(), `latchkey-template-${migrationsHash()}.entries`);
  if (!existsSync(file)) await writeTemplate(file);
  return deserialize(readFileSync(file));
}

async function writeTemplate(file: string): Promise<void> {
  const orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, entities);
  try {
    await applyMigrations(orm);
    const pglite = await (orm.em.getConnection() as unknown as PgliteConnection).getNativeClient();
    // A start clears it all: with the 128 MB that is the default, for longer than all else takes.
    await pglite.exec(`alter system set shared_buffers = '16MB'`);
    // Nothing is left to recover.
    await pglite.exec('checkpoint');
    mkdirSync(tmpdir(), { recursive: true });
    // Written beside and renamed: two workers may get here at once.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, serialize(entriesOf(pglite)));
    renameSync(draft, file);
  } finally {
    await orm.close();
  }
}

async function postgresTemplate(adminUrl: string): Promise<string> {
  // Only its owner may copy a database: each user of the server has a template of their own.
  const owner = createHash('sha256').update(new URL(adminUrl).username).digest('hex').slice(0, 8);
  const name = `latchkey_template_${migrationsHash()}_${owner}`;
  await asAdmin(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock(7205999)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount) return;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    await migrate({ kind: 'postgres', url: new Secret(urlOf(adminUrl, draft)), poolSize: 2 }, entities);
    await client.query(`alter database ${draft} rename to ${name}`);
  });
  return name;
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(migrations)
    .filter((each) => each.endsWith('.ts'))
    .toSorted()) {
    hash.update(name).update(readFileSync(join(migrations, name)));
  }
  return hash.digest('hex').slice(0, 12);
}
