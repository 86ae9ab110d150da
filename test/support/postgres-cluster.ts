import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';
import { describeNeeding } from './needs.js';

/** The oldest Postgres that the product promises to run on. */
const OLDEST_MAJOR = 15;
const SUPERUSER = 'latchkey';

const binaries = findBinaries();
const account = findAccount();

/** `describe` for tests that start a Postgres of their own: skipped where the machine has none. */
export const describeWithPostgres = describeNeeding(
  `a Postgres server, ${OLDEST_MAJOR} or newer (and for root an account postgres)`,
  binaries !== null && (process.getuid?.() !== 0 || account !== null),
);

/**
 * A Postgres of the test's own, on a free port of the loopback interface and a directory that is removed at
 * the end: it may be killed, stopped and frozen without anybody else noticing.
 */
export class PostgresCluster {
  private postmaster: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {
    clusters.add(this);
  }

  /** Makes the cluster and starts it. */
  static async create(): Promise<PostgresCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
    if (account) chownSync(directory, account.uid, account.gid);
    const cluster = new PostgresCluster(directory, await freePort());
    const options = ['-D', directory, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'];
    await promisify(execFile)(join(binaries ?? '', 'initdb'), options, { ...account, cwd: directory });
    await cluster.start();
    return cluster;
  }

  /** The address of a database for the product or a client of the test. */
  url(database = 'postgres', { user = SUPERUSER, port = this.port } = {}): string {
    return `postgres://${user}@127.0.0.1:${port}/${database}`;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=120'];
    const options = [
      '-D',
      this.directory,
      '-p',
      String(this.port),
      ...settings.flatMap((one) => ['-c', one]),
    ];
    for (let attempt = 1; ; attempt += 1) {
      const child = spawn(join(binaries ?? '', 'postgres'), options, {
        ...account,
        cwd: this.directory,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      this.postmaster = child;
      let log = '';
      child.stderr.on('data', (data: Buffer) => (log = (log + data.toString()).slice(-4_000)));
      if (await this.answers(child)) return;
      // Backends of a killed server may still hold its shared memory for a moment.
      if (attempt === 20) throw new Error(`Postgres did not start:\n${log}`);
      await sleep(100);
    }
  }

  /** Kills every process of the server at once, as a power cut or the kernel's OOM killer would. */
  async kill(): Promise<void> {
    const gone = this.ended();
    this.signal('SIGKILL');
    await gone;
  }

  /** Freezes the server: connections stay open, nothing answers. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  /** Lets a frozen server go on. */
  resume(): void {
    this.signal('SIGCONT');
  }

  /** Kills every server of the test file and removes all that they wrote. */
  static async removeAll(): Promise<void> {
    for (const cluster of clusters) {
      await cluster.kill();
      rmSync(cluster.directory, { recursive: true, force: true });
      clusters.delete(cluster);
    }
  }

  /** A new empty database. */
  async createDatabase(name: string): Promise<string> {
    await this.query(`create database ${name}`);
    return name;
  }

  /** Rows of one statement, over a connection of its own. */
  async query<Row extends pg.QueryResultRow>(
    sql: string,
    values: unknown[] = [],
    database = 'postgres',
  ): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url(database), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Sends a signal to the postmaster and to all its children, each of which leads a session of its own. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.postmaster?.pid;
    if (pid === undefined || this.hasEnded()) return;
    // The parent first: it could start new children meanwhile.
    for (const each of [() => [pid], () => childrenOf(pid)].flatMap((list) => list())) {
      try {
        process.kill(each, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }

  private async answers(child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      const up = await this.query('select 1').then(
        () => true,
        () => false,
      );
      if (up) return true;
      await sleep(20);
    }
    return false;
  }

  private hasEnded(): boolean {
    const child = this.postmaster;
    return !child || child.exitCode !== null || child.signalCode !== null;
  }

  private async ended(): Promise<void> {
    const child = this.postmaster;
    if (!child || this.hasEnded()) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

/** Also when a test file dies half-way, nothing that it started goes on running. */
const clusters = new Set<PostgresCluster>();
process.once('exit', () => {
  for (const cluster of clusters) cluster.signal('SIGKILL');
});

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | null {
  try {
    // The name in parentheses may hold anything, so the fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function findBinaries(): string | null {
  const packaged = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = packaged
    .filter((version) => Number(version) >= OLDEST_MAJOR)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join('/usr/lib/postgresql', version, 'bin'));
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  return [...newest, ...onPath].find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** Postgres refuses to run as root; the packages bring an account for it along. */
function findAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0 || !existsSync('/etc/passwd')) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}
