#!/usr/bin/env node
// `npx latchkey <command>`: brings the checkout up to date, then runs the command on the right Node. Stdout is
// the command's alone (`npx latchkey print-schema > schema.graphql`); progress goes to stderr.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { say } from './bootstrap/progress.mjs';
import { nodeBinary, root } from './ensure-runtime.mjs';

try {
  await bootstrap({ build: true, console: false });
  runCli(process.argv.slice(2));
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

function runCli(args) {
  const cli = join(root, 'dist', 'src', 'app', 'cli.js');
  const child = spawn(nodeBinary(), ['--enable-source-maps', cli, ...args], { stdio: 'inherit' });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => forward(signal, child));
  child.on('error', (error) => {
    say(`The command could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', endAs);
}

// The terminal sends Ctrl-C to the child as well; a second one from us would look like an impatient user.
function forward(signal, child) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}

// Ends the way the child did, so that a shell or a supervisor sees the same.
function endAs(code, signal) {
  if (signal === null) {
    process.exitCode = code;
    return;
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
