import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase } from './postgres.mjs';
import { Child } from './processes/child.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const READY = /GraphQL\s+http:\/\/[^:\s]+:(\d+)\/graphql/;
/** Every process is told this address: tokens of one server are good at the other. */
const PUBLIC_URL = 'http://localhost:3000';

/**
 * Everything a run needs: a database, its data, and the processes, each started when it is first asked for.
 * `close` stops and removes all of it.
 */
export class World {
  #processes = new Map();

  static async create({ adminUrl, dist, sizes }) {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
    const database = await createDatabase(adminUrl).catch(async (error) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    return new World({ folder, database, dist, sizes });
  }

  constructor({ folder, database, dist, sizes }) {
    Object.assign(this, { folder, database, dist, sizes });
    this.env = environment(database.url, folder);
  }

  /** Fills the database, starts our first server and learns its public key. */
  async prepare() {
    const seed = new Child(
      'seed',
      [here('./seed.mjs'), this.dist, this.folder, JSON.stringify(this.sizes)],
      this.env,
    );
    if ((await seed.exited) !== 0) throw new Error(`The seed failed:\n${seed.output}`);
    this.fixture = JSON.parse(await readFile(join(this.folder, 'fixture.json'), 'utf8'));
    const { port } = await this.server('latchkey');
    const response = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`);
    const { keys } = await response.json();
    const token = (await readFile(this.file('hot'), 'utf8')).split('\n', 1)[0];
    const { kid } = JSON.parse(Buffer.from(token.split('.', 1)[0], 'base64url').toString());
    this.jwk = JSON.stringify(keys.find((key) => key.kid === kid));
  }

  file(name) {
    return join(this.folder, `${name}.txt`);
  }

  /** The process of that name and its port, started if it is not running. */
  async server(name) {
    const running = this.#processes.get(name) ?? this.#start(name);
    this.#processes.set(name, running);
    return await running;
  }

  async #start(name) {
    if (name === 'latchkey' || name === 'latchkey-2') return await this.#startOurs(name);
    const child = new Child(name, this.#command(name), { DATABASE_URL: this.database.url });
    // Loops answer no port; asking something makes sure that they are ready.
    const port = child.name.includes('loop') || name.startsWith('load') ? null : await child.call('port');
    await child.call('cpu');
    return { child, port };
  }

  #command(name) {
    const { folder, jwk, fixture } = this;
    const introspect = here('./floors/introspect.mjs');
    const commands = {
      load: [here('./load.mjs')],
      'load-2': [here('./load.mjs')],
      'load-3': [here('./load.mjs')],
      'floor-cached': [introspect, folder, 'cached', 'map', jwk],
      'floor-verify': [introspect, folder, 'verify', 'map', jwk],
      'floor-lookup': [introspect, folder, 'cached', 'lookup', jwk],
      'floor-verify-lookup': [introspect, folder, 'verify', 'lookup', jwk],
      apollo: [here('./floors/apollo.mjs'), folder, jwk],
      'argon2-loop': [here('./floors/argon2-loop.mjs'), JSON.stringify(fixture?.passwordHash)],
      'refresh-loop-transaction': [here('./floors/refresh-loop.mjs'), 'transaction'],
      'refresh-loop-statement': [here('./floors/refresh-loop.mjs'), 'statement'],
      'better-auth': this.#betterAuth(),
      'oidc-memory': this.#peer('memory'),
      'oidc-postgres': this.#peer('postgres'),
    };
    return commands[name] ?? [here('./floors/plain.mjs'), name];
  }

  #peer(store) {
    return [here('./peers/oidc-provider.mjs'), store, String(this.sizes.peer), this.file(`oidc-${store}`)];
  }

  #betterAuth() {
    const files = [this.file('better-auth-session'), this.file('better-auth-key')];
    return [here('./peers/better-auth.mjs'), String(this.sizes.peer), ...files];
  }

  async #startOurs(name) {
    const probe = new URL('./processes/probe.mjs', import.meta.url).href;
    const entry = join(this.dist, 'src/main.js');
    const child = new Child(name, ['--enable-source-maps', '--import', probe, entry], this.env);
    const [, port] = await child.printed(READY);
    return { child, port: Number(port) };
  }

  async close() {
    const started = await Promise.allSettled(this.#processes.values());
    await Promise.all(started.map(({ value }) => value?.child.stop()));
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What our server does beside the work itself while it is measured, for whoever reads the report. */
export const switchedOn =
  'budgets (raised, so that they stop nothing), metrics, audit, security headers, CORS, body limits, logs at warn; no TLS';

/** Our server as in production, but on loopback without TLS, and with budgets that do not stop the load. */
function environment(databaseUrl, folder) {
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    AUTH_PUBLIC_URL: PUBLIC_URL,
    AUTH_DATA_DIR: join(folder, 'data'),
    AUTH_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
    AUTH_JWT__SECRET: randomBytes(32).toString('base64url'),
    AUTH_SYSTEM_ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
    AUTH_LOG_LEVEL: 'warn',
    AUTH_ACCESS_TOKEN_TTL: '3600',
    AUTH_RATE_LIMIT_LOGINS_PER_MINUTE: '1000000',
    AUTH_RATE_LIMIT_SIGN_UPS_PER_HOUR: '1000000',
    AUTH_RATE_LIMIT_INTROSPECTIONS_PER_MINUTE: '100000000',
    AUTH_RATE_LIMIT_VALIDATIONS_PER_MINUTE: '100000000',
    AUTH_RATE_LIMIT_TOKEN_REQUESTS_PER_MINUTE: '1000000',
  };
}
