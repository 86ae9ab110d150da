// Fills the benchmark's database through our own services and writes what the load needs as files, one item
// a line. Arguments: the build (dist), the folder for the files, the sizes as JSON.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { createTables } from './floors/refresh-tables.mjs';

const [dist, folder, sizesText] = process.argv.slice(2);
const sizes = JSON.parse(sizesText);
const load = (path) => import(pathToFileURL(join(dist, 'src', path)).href);

const { openCore } = await load('app/app.js');
const { loadConfig, readEnvironment } = await load('platform/config/load-config.js');
const { systemCaller } = await load('kernel/caller.js');
const { newId } = await load('kernel/id.js');
const { Role } = await load('features/access/role.entity.js');
const { keyEnvironmentOf } = await load('features/api-keys/api-key-text.js');
const { writeNewApiKey } = await load('features/api-keys/new-api-key.js');

const PASSWORD = 'correct horse battery staple';
const ROLE = 'bench_member';
const PERMISSIONS = [
  'orders:list',
  'orders:read',
  'orders:create',
  'invoices:read',
  'profile:read',
  'profile:modify',
];

const config = loadConfig(readEnvironment());
const core = await openCore(config);
const { services } = core;
const caller = { ...systemCaller('bench'), ip: '127.0.0.1', userAgent: 'latchkey-bench' };
try {
  await createRole();
  const users = await createAccounts();
  const hot = await openSessions(users);
  const cold = await cloneSessions(hot[0], sizes.cold);
  const chains = await openSessions(users.slice(0, sizes.chains));
  const doomed = await openSessions(Array.from({ length: sizes.doomed }, (_, i) => users[i % users.length]));
  await createTables(config.database.url.reveal(), sizes.refreshRows);
  const { serviceAccount, clientSecret } = await services.serviceAccounts.create(caller, {
    name: 'bench',
    description: '',
    audiences: [services.ownAudience],
    roles: ['resource_server'],
  });
  const basic = `Basic ${Buffer.from(`${serviceAccount.id}:${clientSecret}`).toString('base64')}`;
  await write('keys', await createKeys(users));
  await write('machines', await issueToMachine(basic));
  await write('hot', await mint(hot, sizes.hot));
  await write('fresh', await mint(hot, sizes.fresh));
  await write('cold', await mint(cold, cold.length));
  await write('doomed', await mint(doomed, doomed.length));
  await write(
    'doomed-refresh',
    doomed.map(({ refreshToken }) => refreshToken),
  );
  await write(
    'chains',
    chains.map(({ refreshToken }) => refreshToken),
  );
  await write(
    'accounts',
    users.map(({ email }) => email),
  );
  const key = await services.signingKeys.signer();
  await writeFile(
    join(folder, 'fixture.json'),
    JSON.stringify({
      password: PASSWORD,
      clientId: serviceAccount.id,
      clientSecret,
      audience: services.ownAudience,
      issuer: services.issuer,
      algorithm: key.algorithm,
      users: users.map(({ id, email }) => ({ id, email })),
      roles: [ROLE],
      permissions: PERMISSIONS,
      passwordHash: config.passwordHash,
    }),
  );
} finally {
  await core.close();
}

async function createRole() {
  await services.unitOfWork.run(async ({ em, now }) => {
    const about = { name: ROLE, description: '', permissions: PERMISSIONS, builtIn: false, createdAt: now };
    em.create(Role, { id: newId(), ...about });
  });
}

async function createAccounts() {
  return await inParallel(sizes.accounts, async (i) => {
    const account = {
      email: `user${i}@bench.example`,
      password: PASSWORD,
      displayName: `User ${i}`,
      by: 'bench',
    };
    return await services.passwords.createAccount(caller, account, async (unit, { id }) => {
      await services.access.assign(unit, caller, { kind: 'user', id }, ROLE);
    });
  });
}

/** Keys of all users in turn, with half of what their owners may do. */
async function createKeys(users) {
  const environment = keyEnvironmentOf(config.environment);
  const lineage = { createdBySessionId: null, createdByAcr: null, createdByAmr: null };
  const nothing = { allowedNetworks: [], rotatedFromId: null, lineage, environment };
  const expiresAt = new Date(Date.now() + 30 * 86_400_000);
  return await inParallel(sizes.keys, async (i) =>
    services.unitOfWork.run(async (unit) => {
      const owner = { kind: 'user', id: users[i % users.length].id };
      const facts = { owner, name: `key ${i}`, scopes: PERMISSIONS.slice(0, 3), expiresAt, ...nothing };
      return writeNewApiKey(unit, caller, facts).secret;
    }),
  );
}

async function issueToMachine(basic) {
  const client = await services.clientAuthentication.byBasic(basic, caller.ip);
  const issue = async () =>
    (await services.clientCredentials.issue(client, { scope: null, audience: null })).accessToken;
  return await inParallel(sizes.machines, issue);
}

async function openSessions(users) {
  const lineage = { createdBySessionId: null, createdByAcr: null, createdByAmr: null };
  const proofs = { method: 'password', amr: ['pwd'], acr: 'aal1', secondFactor: false };
  const assurance = { ...proofs, openedWith: [], lineage };
  return await inParallel(users.length, async (i) =>
    services.unitOfWork.run(async (unit) => {
      const { session, refreshToken } = services.sessions.open(unit, caller, users[i], assurance);
      return { id: session.id, userId: users[i].id, refreshToken };
    }),
  );
}

/**
 * Copies of a session, without refresh tokens. Seen last in an hour, so that the first request of each costs
 * its one read and no write of `last_seen_at`.
 */
async function cloneSessions({ id, userId }, count) {
  const client = new pg.Client({ connectionString: config.database.url.reveal() });
  await client.connect();
  const { rows } = await client.query(
    `insert into sessions
       select (jsonb_populate_record(
         s, jsonb_build_object('id', gen_random_uuid(), 'last_seen_at', now() + interval '1 hour'))).*
       from sessions s, generate_series(1, $1) where s.id = $2 returning id`,
    [count, id],
  );
  await client.query('vacuum analyze sessions');
  await client.end();
  return rows.map((row) => ({ id: row.id, userId }));
}

/** Access tokens of the sessions in turn. */
async function mint(sessions, count) {
  return await inParallel(count, async (i) => {
    const { id, userId } = sessions[i % sessions.length];
    const facts = {
      sessionId: id,
      userId,
      authTime: Math.floor(Date.now() / 1000),
      amr: ['pwd'],
      acr: 'aal1',
    };
    return (await services.sessionTokens.mint(facts, services.ownAudience)).token;
  });
}

async function write(name, items) {
  await writeFile(join(folder, `${name}.txt`), items.join('\n'));
}

async function inParallel(count, work) {
  const results = Array.from({ length: count });
  let next = 0;
  const workers = Array.from({ length: 8 }, async () => {
    while (next < count) {
      const i = next++;
      results[i] = await work(i);
    }
  });
  await Promise.all(workers);
  return results;
}
