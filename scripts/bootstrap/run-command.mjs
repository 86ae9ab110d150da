// Child processes of the bootstrap. Everything they print goes to stderr, because the stdout of
// `npx latchkey ...` belongs to the command the user asked for.
import { spawn } from 'node:child_process';

const windows = process.platform === 'win32';

// npm hands its own settings down to the scripts it runs. Those of the outer call (where it runs, what it
// leaves out) must not reach the inner `npm ci`; those of the machine (registry, proxy, cache) must.
const inheritedFromNpm =
  /^npm_(package_|lifecycle_|command$|config_(local_prefix|prefix|global|omit|include|only|production|dev|workspace|ignore_scripts|dry_run|package_lock_only)s?)/i;

/**
 * Runs a command to its end; rejects, under its short name, when it fails or is stopped by a signal. A quiet one
 * prints only then.
 */
export function runCommand(command, args, { name, cwd, quiet = false, shell = false }) {
  return new Promise((resolve, reject) => {
    const output = quiet ? 'pipe' : process.stderr.fd;
    const child = spawn(command, args, {
      cwd,
      shell,
      env: cleanEnvironment(),
      stdio: ['ignore', output, output],
    });
    const printed = collectOutput(child);
    const stopForwarding = forwardSignals(child);

    child.on('error', (error) => {
      stopForwarding();
      reject(new Error(`${name} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      stopForwarding();
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(printed));
      reject(new Error(`${name} failed (${signal ?? `exit code ${code}`}).`));
    });
  });
}

/** Runs npm: the one that called us when there is one, otherwise the one in PATH. */
export function runNpm(args, cwd) {
  const name = `npm ${args[0]}`;
  const caller = process.env.npm_execpath ?? '';
  if (/npm-cli\.[cm]?js$/.test(caller)) return runCommand(process.execPath, [caller, ...args], { name, cwd });
  return runCommand(windows ? 'npm.cmd' : 'npm', args, { name, cwd, shell: windows });
}

// NODE_ENV is taken away as well: `production` would leave out the compiler, and vite builds whatever it says.
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_ENV' && !inheritedFromNpm.test(name),
  );
  return Object.fromEntries(kept);
}

function collectOutput(child) {
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  return chunks;
}

// Without this a SIGTERM would end us and leave an install running that no lock covers any more.
function forwardSignals(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
