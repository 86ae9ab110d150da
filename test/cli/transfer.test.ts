import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashSync } from '@node-rs/bcrypt';
import { afterAll, expect, test, vi } from 'vitest';
import { bareEnvironment } from '../support/server-process.js';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-transfer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Every command is a start of its own.
vi.setConfig({ testTimeout: 240_000 });

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the build that `npm test` makes, on a data directory of its name. */
async function latchkey(
  directory: string,
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(root, 'dist/src/app/cli.js'), ...args], {
    cwd: root,
    env: { ...bareEnvironment, AUTH_DATA_DIR: join(folder, directory), ...env },
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (data: string) => (output[stream] += data));
  }
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...output };
}

function fileOf(name: string, ...lines: readonly (object | string)[]): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
  return file;
}

const passwordHash = hashSync('the password from elsewhere', 4);
const people = [
  {
    email: 'ada@example.com',
    emailVerified: true,
    username: 'ada',
    passwordHash,
    createdAt: '2011-01-01T00:00:00.000Z',
  },
  {
    email: 'grace@example.com',
    displayName: 'Grace',
    status: 'deactivated',
    createdAt: '2012-01-01T00:00:00.000Z',
  },
];

test('import-users takes a file, says what became of it, and names refused lines by number alone', async () => {
  const file = fileOf('people.jsonl', ...people, '', { email: 'PRIVATE' }, 'PRIVATE', people[0] ?? {});
  const first = await latchkey('one', ['import-users', file]);
  expect(first.stdout).toBe('created 2, skipped 1, refused 2\n');
  expect(first.code).toBe(1);
  expect(first.stderr).toContain('line 4: EMAIL_INVALID\nline 5: NOT_AN_OBJECT\n');
  expect(first.stderr).not.toContain('PRIVATE');
  const again = await latchkey('one', ['import-users', '-'], {
    stdin: readFileSync(fileOf('two.jsonl', ...people), 'utf8'),
  });
  expect(again).toEqual({ code: 0, stdout: 'created 0, skipped 2, refused 0\n', stderr: '' });
});

test('export-users writes what import-users reads, with hashes only when they are asked for', async () => {
  const plain = await latchkey('one', ['export-users']);
  expect(plain.stdout).not.toContain('passwordHash');
  const full = await latchkey('one', ['export-users', '--with-password-hashes']);
  expect(full).toMatchObject({ code: 0, stderr: '' });
  const lines = full.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual({ ...people[0], status: 'active' });
  expect(lines).toContainEqual({ ...people[1], emailVerified: false });

  const taken = await latchkey('two', ['import-users', '-'], { stdin: full.stdout });
  // The admin that every installation begins with is there already.
  expect(taken.stdout).toBe(`created ${lines.length - 1}, skipped 1, refused 0\n`);
  const back = await latchkey('two', ['export-users', '--with-password-hashes']);
  const withoutAdmin = (text: string) => text.split('\n').filter((line) => !line.includes('"admin@'));
  expect(withoutAdmin(back.stdout)).toEqual(withoutAdmin(full.stdout));
});

test('what cannot be done as asked exits 1 with a sentence, before anything is opened', async () => {
  for (const args of [
    ['import-users'],
    ['import-users', join(folder, 'nothing')],
    ['export-users', 'file'],
  ]) {
    const refused = await latchkey('three', args);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('npx latchkey import-users FILE|-');
    expect(refused.stderr).not.toContain('    at ');
  }
});

test('a file may be larger than the memory there is', async () => {
  const file = join(folder, 'large.jsonl');
  const filler = 'x'.repeat(4_000);
  function* lines(): Generator<string> {
    for (let i = 0; i < 2_000; i += 1) {
      yield `${JSON.stringify({ email: `large-${i}@example.com`, metadata: { filler } })}\n`;
      // Nothing of what is too long is kept.
      yield `${'x'.repeat(100_000)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  const env = { NODE_OPTIONS: '--max-old-space-size=192' };
  // On a database that is there already: to make one takes longer than all else here.
  const outcome = await latchkey('two', ['import-users', file], { env });
  expect(outcome.stdout).toBe('created 2000, skipped 0, refused 2000\n');
  rmSync(file);
});
