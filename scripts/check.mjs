// `npm run check`: everything that CI checks besides the tests. It goes on after a failure, so that one run
// shows all there is to mend.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
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

await bootstrap({ build: false, console: true });
const outcomes = checks.map(run);
summarise(outcomes);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

function run({ name, command: [file, ...args] }) {
  process.stdout.write(`\n== ${name}: ${[file, ...args].join(' ')}\n`);
  const startedAt = Date.now();
  const { status, error } = spawnSync(file, args, {
    cwd: root,
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) process.stdout.write(`${error.message}\n`);
  return { name, passed: status === 0, durationMs: Date.now() - startedAt };
}

function summarise(results) {
  process.stdout.write('\n== Summary\n');
  for (const { name, passed, durationMs } of results) {
    process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${name} (${formatSeconds(durationMs)})\n`);
  }
}
