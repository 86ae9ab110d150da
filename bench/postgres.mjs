import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import pg from 'pg';

export const DEFAULT_URL = 'postgresql://127.0.0.1:5432/postgres';

/** There is no Postgres to measure on. */
export class NoPostgresError extends Error {}

/** A database of the benchmark's own on the given Postgres; `drop` removes it. Throws NoPostgresError. */
export async function createDatabase(adminText) {
  const adminUrl = withUser(adminText);
  const name = `latchkey_bench_${randomBytes(6).toString('hex')}`;
  const version = await asAdmin(adminUrl, async (client) => {
    await client.query(`create database ${name}`);
    const { rows } = await client.query('show server_version');
    return rows[0].server_version;
  });
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const drop = async () => {
    await asAdmin(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
  };
  return { url: url.href, version, drop };
}

async function asAdmin(url, work) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw new NoPostgresError(`No database can be made at ${withoutPassword(url)}: ${reasonOf(error)}`);
  } finally {
    await client.end().catch(() => {});
  }
}

// As psql does: whoever is signed in to the machine.
function withUser(text) {
  const url = new URL(text);
  if (url.username === '') url.username = userInfo().username;
  return url.href;
}

function reasonOf(error) {
  // A refused connection to several addresses has no message of its own.
  return error.message || error.errors?.map(({ message }) => message).join('; ') || error.code;
}

function withoutPassword(text) {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.href;
}
