// `npm run check`: everything that CI checks besides the tests, two at a time. It goes on after a failure, so that one
// run shows all there is to mend.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { bootstrap } from './bootstrap.mjs';
import { formatSeconds } from './bootstrap/progress.mjs';
import { root } from './ensure-runtime.mjs';

const binaries = join(root, 'node_modules', '.bin');

const checks = [
  { name: 'Format', command: ['npm', 'run', '--silent', 'format:check'] },
  { name: 'Lint', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'Types', command: ['npm', 'run', '--silent', 'typecheck'] },
  { name: 'Layers', command: ['npm', 'run', '--silent', 'layers'] },
  { name: 'Dead code', command: ['npm', 'run', '--silent', 'dead-code'] },
  // Not `npm run generate -- --check`: npm would hand the flag to the last command of that script only.
  { name: 'Generated files', command: ['tsx', 'scripts/generate.ts', '--check'] },
  { name: 'Generated client types', command: ['graphql-codegen', '--check'] },
  { name: 'Types of the console', command: ['npm', 'run', '--silent', 'typecheck', '--prefix', 'console'] },
];

/** Most of them keep one core busy. */
const AT_ONCE = 2;

await bootstrap({ build: false, console: true });
const outcomes = await runAll([...checks]);
summarise(outcomes);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

async function runAll(waiting) {
  const results = new Map();
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) results.set(check, await run(check));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return checks.map((check) => results.get(check));
}

/** What it prints comes in one piece, when it has ended. */
async function run({ name, command: [file, ...args] }) {
  const startedAt = Date.now();
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const ended = new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ status: null, message: `${message}\n` }));
    child.once('close', (status) => resolve({ status, message: '' }));
  });
  const printed = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  const { status, message } = await ended;
  process.stdout.write(`\n== ${name}: ${[file, ...args].join(' ')}\n`);
  for (const part of printed) process.stdout.write(part);
  process.stdout.write(message);
  return { name, passed: status === 0, durationMs: Date.now() - startedAt };
}

function summarise(results) {
  process.stdout.write('\n== Summary\n');
  for (const { name, passed, durationMs } of results) {
    process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${name} (${formatSeconds(durationMs)})\n`);
  }
}
