import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import {
  type Environment,
  killAll,
  productEnvironment,
  ServerProcess,
  SYSTEM_ADMIN,
  temporaryDirectory,
} from '../support/server-process.js';
import { signIn, surfaces } from './surfaces.js';

const PASSWORD_LINE = /password {2}(\S+)/;

afterAll(killAll);

describe('npm start without any setting', () => {
  // Nothing but where to keep things, and a free port.
  let env: Environment;
  beforeAll(() => {
    env = { PORT: '0', AUTH_DATA_DIR: join(temporaryDirectory(), 'data') };
  });

  test('makes an admin whose password it prints once, and a second start makes none and has the same data', async () => {
    const first = await ServerProcess.start(env);
    const [, password = ''] = PASSWORD_LINE.exec(first.output) ?? [];
    const admin = { email: 'admin@latchkey.local', password };
    const client = await signIn(first, admin);
    const keys = await keysOf(first);
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = await ServerProcess.start(env);
    expect(second.output).not.toMatch(PASSWORD_LINE);
    expect(second.output).not.toContain(password);
    expect(await keysOf(second)).toEqual(keys);
    // The old token, the old session and the old password are all good still.
    expect(await surfaces.validate(second, client.accessToken ?? '')).toBe('good');
    expect((await second.client().refresh(client.refreshToken)).code).toBeUndefined();
    await signIn(second, admin);
    await second.kill('SIGTERM');
  }, 60_000);

  test('keeps its secrets where only their owner can read them', () => {
    const directory = env['AUTH_DATA_DIR'] ?? '';
    const file = join(directory, 'secrets.json');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secrets = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
    expect(secrets.length).toBeGreaterThan(1);
    expect(secrets.every((secret) => secret.length >= 43)).toBe(true);
  });

  test('is refused in one sentence while another process has the folder, and starts after that one was killed', async () => {
    const holder = await ServerProcess.start(env);
    const rival = await ServerProcess.launch(env);
    expect(await rival.ended).toEqual({ code: 1, signal: null });
    expect(rival.output.trim()).toMatch(
      new RegExp(`^The folder \\S+ is in use by process ${holder.pid}; [^\\n]+ set DATABASE_URL\\.$`),
    );
    // The holder has not noticed.
    expect((await fetch(`${holder.url}/health/ready`)).status).toBe(200);

    await holder.kill('SIGKILL');
    const heir = await ServerProcess.start(env);
    expect((await fetch(`${heir.url}/health/ready`)).status).toBe(200);
    await heir.kill();
  }, 60_000);

  test('of three processes that start at once on one folder exactly one serves', async () => {
    const rivals = await Promise.all([1, 2, 3].map(() => ServerProcess.launch(env)));
    const outcomes = await Promise.all(
      rivals.map((each) =>
        each.ready().then(
          () => 'serves',
          async () => (await each.ended).code,
        ),
      ),
    );
    expect(outcomes.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([1, 1, 'serves']);
    await Promise.all(rivals.map((each) => each.kill()));
  }, 60_000);
});

describe('a start that cannot be', () => {
  test('production names everything that is missing, a sentence each, without a stack, and exits with 1', async () => {
    const lines = await refusal({ NODE_ENV: 'production', AUTH_DATA_DIR: temporaryDirectory() });
    for (const variable of [
      'AUTH_ENCRYPTION_KEY',
      'AUTH_JWT__SECRET',
      'AUTH_PUBLIC_URL',
      'DATABASE_URL',
      'AUTH_SMTP_HOST',
    ]) {
      expect(lines.filter((line) => line.includes(`${variable} `)).length, variable).toBe(1);
    }
  });

  test('production refuses unsafe settings, a sentence each, and says nothing of their values', async () => {
    const unsafe = {
      AUTH_ENCRYPTION_KEY: 'too-short',
      AUTH_ISSUER: 'http://auth.example.com',
      CORS_ALLOW_ORIGINS: '*',
      CORS_ALLOW_CREDENTIALS: 'true',
      DATABASE_URL: '',
      AUTH_SYSTEM_ADMIN_PASSWORD: 'very-secret-password',
    };
    const [heading, ...sentences] = await refusal({ ...soundProduction(), ...unsafe });
    expect(heading).toBe('The configuration has 5 problems:');
    const named = [
      'AUTH_ENCRYPTION_KEY',
      'AUTH_ISSUER',
      'AUTH_SYSTEM_ADMIN_PASSWORD',
      'CORS_ALLOW_',
      'DATABASE_URL',
    ];
    for (const variable of named) {
      const about = sentences.filter((line) => line.trim().startsWith(variable));
      expect(about.length, variable).toBe(1);
      expect(about[0]).toMatch(/\.$/);
    }
    expect(sentences.join()).not.toContain('too-short');
  });

  test('an unreachable Postgres is named in one sentence, without its password, and exits with 1', async () => {
    const closed = await freePort();
    const url = `postgres://latchkey:very-secret@127.0.0.1:${closed}/latchkey`;
    const lines = await refusal({ ...productEnvironment, DATABASE_URL: url });
    expect(lines).toEqual([
      `The database at 127.0.0.1:${closed} cannot be reached: check DATABASE_URL, and that Postgres runs.`,
    ]);
  });
});

describeWithPostgres('two processes on one empty Postgres', () => {
  let postgres: PostgresCluster;
  beforeAll(async () => {
    postgres = await PostgresCluster.create();
  });
  afterAll(async () => {
    await killAll();
    await PostgresCluster.removeAll();
  });

  test('start at the same time, three times over: one admin, one set of keys, every migration once', async () => {
    for (let round = 0; round < 3; round += 1) {
      const database = await postgres.createDatabase(`empty_${round}`);
      // Not even the secrets are there yet: both make them, and both go on with the same.
      const env = {
        PORT: '0',
        AUTH_DATA_DIR: temporaryDirectory(),
        AUTH_PUBLIC_URL: 'http://localhost:3000',
        DATABASE_URL: postgres.url(database),
      };
      const servers = await Promise.all([1, 2].map(() => ServerProcess.launch(env)));
      await Promise.all(servers.map((server) => server.ready()));
      const told = servers.flatMap(({ output }) => PASSWORD_LINE.exec(output)?.[1] ?? []);
      expect(told.length).toBe(1);

      const [a, b] = servers as [ServerProcess, ServerProcess];
      expect(await keysOf(a)).toEqual(await keysOf(b));
      const client = await signIn(a, { email: 'admin@latchkey.local', password: told[0] ?? '' });
      expect(await surfaces.validate(b, client.accessToken ?? '')).toBe('good');
      expect(await counts(database)).toEqual({ admins: 1, active: 1, next: 1, twice: 0 });
      await Promise.all(servers.map((server) => server.kill()));
    }
  }, 180_000);

  const counts = async (database: string) => {
    const [row] = await postgres.query(
      `select
         (select count(*)::int from users) as admins,
         (select count(*)::int from signing_keys where status = 'active') as active,
         (select count(*)::int from signing_keys where status = 'next') as next,
         (select count(*)::int from (select name from mikro_orm_migrations group by name having count(*) > 1) d)
           as twice`,
      [],
      database,
    );
    return row;
  };

  test('start again on the same database with the same keys and the admin they have', async () => {
    const database = await postgres.createDatabase('again');
    const env = { ...productEnvironment, DATABASE_URL: postgres.url(database) };
    const first = await ServerProcess.start(env);
    const keys = await keysOf(first);
    const client = await signIn(first, SYSTEM_ADMIN);
    await first.kill();
    const second = await ServerProcess.start(env);
    expect(await keysOf(second)).toEqual(keys);
    expect(await surfaces.validate(second, client.accessToken ?? '')).toBe('good');
    expect(await counts(database)).toEqual({ admins: 1, active: 1, next: 1, twice: 0 });
  }, 60_000);
});

async function keysOf(server: ServerProcess): Promise<unknown> {
  return await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
}

/** Starts a process that must end with 1 at once; the lines it printed, none of them of a stack. */
async function refusal(env: Environment): Promise<string[]> {
  const server = await ServerProcess.launch(env);
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.output).not.toMatch(/^\s+at /m);
  expect(server.output).not.toContain('very-secret');
  return server.output.split('\n').filter((line) => line.trim() !== '');
}

/** Settings with which production would start, if only the database were there. */
function soundProduction(): Environment {
  return {
    NODE_ENV: 'production',
    PORT: '0',
    HOST: '127.0.0.1',
    AUTH_DATA_DIR: temporaryDirectory(),
    AUTH_PUBLIC_URL: 'https://auth.example.com',
    AUTH_ENCRYPTION_KEY: 'q8Zt0x3m7Vw1Rk5Yb9Ns2Hd6Jf4Lp0Ug',
    AUTH_JWT__SECRET: 'T3nX7cQ1vB5mZ9kW2rY6hD0sF4gJ8lPa',
    DATABASE_URL: 'postgres://latchkey@127.0.0.1:1/latchkey',
    AUTH_SMTP_HOST: 'smtp.example.com',
  };
}
