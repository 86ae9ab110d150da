import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from './client.js';

const root = join(import.meta.dirname, '../..');

/** The system admin that `productEnvironment` asks for. */
export const SYSTEM_ADMIN = { email: 'admin@example.com', password: 'correct horse battery staple' } as const;

/** How long a start may take before the test gives up on it. */
const START_TIMEOUT_MS = 60_000;

export type Environment = Readonly<Record<string, string>>;

/**
 * All of the test's own environment that reaches a process of the product. Starts are most of what these tests wait
 * for: Node keeps what it has compiled of the build, and writes it when a process ends by itself.
 */
export const bareEnvironment: Environment = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(tmpdir(), 'latchkey-compiled'),
};

/**
 * What a process of the product is given in tests: the cheapest legal password hash, budgets that load does
 * not spend, a known admin, and keys that all processes share.
 */
export const productEnvironment: Environment = {
  PORT: '0',
  AUTH_PUBLIC_URL: 'http://localhost:3000',
  AUTH_ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdef',
  AUTH_JWT__SECRET: 'test-cookie-signing-0123456789-abcdef',
  AUTH_PASSWORD_HASH_MEMORY_KIB: '1024',
  AUTH_PASSWORD_HASH_TIME: '1',
  AUTH_RATE_LIMIT_LOGINS_PER_MINUTE: '1000000',
  AUTH_RATE_LIMIT_SIGN_UPS_PER_HOUR: '1000000',
  AUTH_SYSTEM_ADMIN_EMAIL: SYSTEM_ADMIN.email,
  AUTH_SYSTEM_ADMIN_PASSWORD: SYSTEM_ADMIN.password,
};

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One real process of the product. */
export class ServerProcess {
  readonly ended: Promise<Ending>;
  output = '';

  private constructor(private readonly child: ChildProcess) {
    processes.add(this);
    const take = (data: Buffer): void => {
      this.output += data.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        processes.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** Starts a process and does not wait for it. */
  static async launch(env: Environment): Promise<ServerProcess> {
    await build();
    const child = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/src/main.js')], {
      cwd: tmpdir(),
      env: { ...bareEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child);
  }

  /** Starts a process and waits until it serves. */
  static async start(env: Environment): Promise<ServerProcess> {
    const server = await ServerProcess.launch(env);
    await server.ready();
    return server;
  }

  /** Resolves when the process serves; rejects with what it printed when it ends instead. */
  async ready(): Promise<void> {
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    while (!this.output.includes('/graphql\n')) {
      if (!this.isRunning() || performance.now() > giveUpAt) {
        throw new Error(`The server did not start:\n${this.output}`);
      }
      await sleep(20);
    }
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  /** Where it listens. */
  get url(): string {
    const [, port] = /GraphQL +http:\/\/localhost:(\d+)\/graphql/.exec(this.output) ?? [];
    if (port === undefined) throw new Error(`The server does not listen:\n${this.output}`);
    return `http://127.0.0.1:${port}`;
  }

  isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** A client of its own, signed in to nothing. */
  client(): Client {
    return new Client(this.url);
  }

  /** A client signed in as the system admin. */
  async adminClient(): Promise<Client> {
    const client = this.client();
    const { code } = await client.login(SYSTEM_ADMIN);
    if (code !== undefined) throw new Error(`The admin was refused: ${code}`);
    return client;
  }

  /** Sends a signal and waits for the end; `SIGKILL` unless another is named. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ending> {
    this.child.kill(signal);
    return await this.ended;
  }
}

/** Kills every process that this test file has started and that still runs, and removes what they kept. */
export async function killAll(): Promise<void> {
  await Promise.all([...processes].map((server) => server.kill()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** What a finished command left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npx latchkey ...args` to its end. */
export async function runLatchkey(args: readonly string[], env: Environment): Promise<Finished> {
  const script = join(root, 'scripts/latchkey.mjs');
  const options = { env: { ...bareEnvironment, ...env }, cwd: tmpdir(), timeout: START_TIMEOUT_MS };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [script, ...args], options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** A directory that `killAll` removes with everything in it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-data-'));
  directories.push(directory);
  return directory;
}

const processes = new Set<ServerProcess>();
const directories: string[] = [];
// Also when a test file dies half-way, nothing that it started goes on running.
process.once('exit', () => {
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
});

let built: Promise<unknown> | undefined;

/** The processes run what `npm run build` made; a source that is newer is compiled first. */
async function build(): Promise<void> {
  built ??= promisify(execFile)(process.execPath, [join(root, 'scripts/bootstrap.mjs'), '--build']);
  await built;
}
