import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An exclusive right to a directory; the kernel takes it back when the process dies, also on `kill -9`. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/** Another process works on the directory. */
export class DirectoryInUseError extends Error {
  readonly directory: string;
  /** The process that holds it, or null when it did not say. */
  readonly pid: number | null;

  constructor(directory: string, pid: number | null) {
    const owner = pid === null ? 'another process' : `process ${pid}`;
    super(`The folder ${directory} is in use by ${owner}; to run more than one process, set DATABASE_URL.`);
    this.name = 'DirectoryInUseError';
    this.directory = directory;
    this.pid = pid;
  }
}

/**
 * Makes the directory unless it exists and locks it against other processes, or throws DirectoryInUseError:
 * the embedded database takes no lock of its own, and two writers lose each other's rows.
 *
 * The lock is a listening socket. Each candidate listens under a name of its own first and looks at the
 * others afterwards, so of two at the same moment at least one sees the other; names are never reused, so
 * removing the socket of a dead process can never remove that of a living one.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const sockets = await socketDirectory(await realpath(directory));
  for (let attempt = 1; ; attempt += 1) {
    const candidate = await stand(sockets);
    const rival = await findRival(sockets, candidate.name).catch(async (error: unknown) => {
      await candidate.release();
      throw error;
    });
    if (rival === null) return candidate.win();
    await candidate.release();
    // Two that started together have both stepped back; chance decides who comes back first.
    if (rival.holds || attempt === 10) throw new DirectoryInUseError(directory, rival.pid);
    await sleep(20 + Math.random() * 100 * attempt);
  }
}

interface Candidate extends DirectoryLock {
  readonly name: string;
  /** From now on tells others that the directory is taken. */
  win(): DirectoryLock;
}

interface Rival {
  readonly pid: number | null;
  /** Whether it has the lock already, or is only trying as we are. */
  readonly holds: boolean;
}

interface SocketDirectory {
  readonly path: string;
  /** What the names of the sockets of this lock start with. */
  readonly prefix: string;
}

/** Socket paths are cut off at 104 bytes on some systems and 108 on others. */
const MAX_SOCKET_PATH = 100;
const NAME = 'lock-4294967295-0123456789abcdef';

async function socketDirectory(directory: string): Promise<SocketDirectory> {
  if (Buffer.byteLength(join(directory, NAME)) < MAX_SOCKET_PATH) return { path: directory, prefix: 'lock-' };
  const path = join(tmpdir(), `latchkey-${userInfo().uid}`);
  await mkdir(path, { mode: 0o700 }).catch(ignoreCode('EEXIST'));
  await assertOurs(path);
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return { path, prefix: `${key}-` };
}

// The place for temporary files is everybody's: a folder that another user made there in advance could hold
// sockets that keep us out for ever, or be swapped under us.
async function assertOurs(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid) {
    throw new Error(`${path} is not a folder of ours; somebody else may have put it there.`);
  }
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
}

async function stand({ path, prefix }: SocketDirectory): Promise<Candidate> {
  const name = `${prefix}${process.pid}-${randomBytes(8).toString('hex')}`;
  let state = 'tries';
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${process.pid} ${state}`);
  });
  await listen(server, join(path, name));
  server.unref();
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    name,
    release,
    win: () => {
      state = 'holds';
      return { release };
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function findRival({ path, prefix }: SocketDirectory, own: string): Promise<Rival | null> {
  const names = (await readdir(path)).filter((name) => name.startsWith(prefix));
  // Somebody took our socket for a dead one between its two system calls: nobody can see us, so we have lost.
  if (!names.includes(own)) return { pid: null, holds: false };
  for (const name of names) {
    const rival = name === own ? null : await ask(join(path, name));
    if (rival !== null) return rival;
  }
  return null;
}

/** Who listens there; null, and the socket is removed, when nobody does any more. */
async function ask(path: string): Promise<Rival | null> {
  const answer = await new Promise<string | NodeJS.ErrnoException>((resolve) => {
    let text = '';
    const socket = connect(path);
    // A stopped process accepts but does not answer. It may go on at any moment, so it counts as alive.
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (data: Buffer) => (text += data.toString()));
    socket.on('error', resolve);
    socket.on('close', () => resolve(text));
  });
  if (typeof answer === 'string') return toRival(answer);
  if (answer.code === 'ENOENT') return null;
  // Anything but "nobody listens" leaves open that somebody does.
  if (answer.code !== 'ECONNREFUSED') return { pid: null, holds: true };
  await rm(path, { force: true });
  return null;
}

function toRival(answer: string): Rival {
  const [, pid, state] = /^(\d+) (tries|holds)$/.exec(answer) ?? [];
  return { pid: pid === undefined ? null : Number(pid), holds: state !== 'tries' };
}

function ignoreCode(code: string) {
  return (error: NodeJS.ErrnoException): void => {
    if (error.code !== code) throw error;
  };
}
