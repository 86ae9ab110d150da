import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUseError, lockDirectory } from '../../../../src/platform/database/directory-lock.js';

const modulePath = new URL('../../../../src/platform/database/directory-lock.ts', import.meta.url).pathname;
// Plain Node strips the types of the module: it has no decorators and imports only Node itself.
const script = `
  import { lockDirectory } from ${JSON.stringify(modulePath)};
  try { await lockDirectory(process.argv[1]); console.log('locked'); setInterval(() => {}, 1000); }
  catch (error) { console.log(error.name + ': ' + error.message); }
`;

let parent: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lock-test-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(parent, { recursive: true });
});

/** Starts a process that locks the directory and keeps it; resolves with what it says first. */
async function lockInChild(directory: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(child.stdout, 'data');
  return { child, said: String(line).trim() };
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe.each([
  ['short', 'data'],
  ['too long for a socket in it', `${'d'.repeat(90)}/data`],
])('a directory whose path is %s', (_case, name) => {
  it('is held by one process until that is killed', async () => {
    const directory = join(parent, name);
    const first = await lockInChild(directory);
    expect(first.said).toBe('locked');
    const second = await lockInChild(directory);
    expect(second.said).toBe(
      `DirectoryInUseError: The folder ${directory} is in use by process ${first.child.pid}; ` +
        'to run more than one process, set DATABASE_URL.',
    );
    await killed(first.child);
    expect((await lockInChild(directory)).said).toBe('locked');
  });

  it('can be locked again by the same process after a release only', async () => {
    const directory = join(parent, name);
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
    await lock.release();
    await (await lockDirectory(directory)).release();
  });
});

it('has one owner when many start at once after a crash', async () => {
  const directory = join(parent, 'data');
  await killed((await lockInChild(directory)).child);
  expect(await readdir(directory)).toHaveLength(1);
  const all = await Promise.all(Array.from({ length: 6 }, () => lockInChild(directory)));
  expect(all.filter(({ said }) => said === 'locked')).toHaveLength(1);
  expect(await readdir(directory)).toHaveLength(1);
});

it('has one owner when one process asks many times at once', async () => {
  const directory = join(parent, 'data');
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
  const owners = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  expect(owners).toHaveLength(1);
  await Promise.all(owners.map((owner) => owner.release()));
});

it('is one lock by whatever path it is reached', async () => {
  const directory = join(parent, 'data');
  await mkdir(directory);
  await symlink(directory, join(parent, 'link'));
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(join(parent, 'link'))).rejects.toThrow('in use');
  await lock.release();
});

it('is not given away while its owner is stopped', async () => {
  const directory = join(parent, 'data');
  const { child } = await lockInChild(directory);
  child.kill('SIGSTOP');
  await expect(lockDirectory(directory)).rejects.toThrow('in use by another process');
  child.kill('SIGCONT');
});

it('takes a file that merely bears such a name for the remains of a dead process', async () => {
  const directory = join(parent, 'data');
  await mkdir(directory);
  await writeFile(join(directory, 'lock-1-x'), '');
  await (await lockDirectory(directory)).release();
  expect(await readdir(directory)).toEqual([]);
});
