import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../../bench/run.mjs');

interface Results {
  readonly cells: readonly {
    readonly name: string;
    readonly requests: number;
    readonly bad: number;
    readonly rps: { readonly median: number };
    readonly cpuMicros: number;
  }[];
  readonly experiments: Readonly<Record<string, { readonly bad: number }>>;
  readonly goals: readonly { readonly id: string; readonly value: number; readonly reached: boolean }[];
  readonly rounds: readonly object[];
}

// Measured is on a real Postgres or not at all.
const options = { timeout: 240_000, skip: process.env['DATABASE_URL'] === undefined };

test(
  'npm run bench runs every scenario without an unexpected answer and writes its results',
  options,
  async () => {
    const { stdout } = await run(process.execPath, [script, '--quick'], {
      timeout: 220_000,
      maxBuffer: 2 ** 24,
    });
    const file = /^Results: (.+)$/m.exec(stdout)?.[1] ?? '';
    const results = JSON.parse(await readFile(file, 'utf8')) as Results;
    expect(results.rounds).toHaveLength(1);
    for (const { name, requests, bad, rps, cpuMicros } of results.cells) {
      expect({ name, bad }).toEqual({ name, bad: 0 });
      expect(requests, name).toBeGreaterThan(0);
      expect(rps.median, name).toBeGreaterThan(0);
      expect(cpuMicros, name).toBeGreaterThan(0);
    }
    expect(Object.keys(results.experiments).toSorted()).toEqual(['login-storm', 'revocation']);
    expect([...new Set(results.goals.map(({ id }) => id))]).toEqual([
      'G1',
      'G2',
      'G3',
      'G4',
      'G5',
      'G6',
      'G7',
      'G8',
      'G9',
      'G10',
      'G12',
    ]);
    for (const { id, value } of results.goals) expect(value, id).toBeTypeOf('number');
  },
);

test('npm run bench says what it lacks when there is no Postgres, and exits with 2', async () => {
  const env = { ...process.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
  const refused = run(process.execPath, [script, '--quick'], { env });
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL') });
});

test('npm run bench refuses scenarios and options that it does not know', async () => {
  const refused = run(process.execPath, [script, '--only', 'nonsense', '--rounds', 'many']);
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--rounds') });
});
