// Runs before start, dev, test and bench, so that a fresh clone needs no step by hand. It installs and builds
// what is missing or out of date, and is silent when nothing is. Node built-ins only, Node 18 syntax.
//
//   node scripts/bootstrap.mjs [--build] [--console]
//
// --build compiles src to dist; --console installs and bundles the browser console.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilation, consoleBundle } from './bootstrap/build.mjs';
import { exclusively } from './bootstrap/exclusive.mjs';
import { installation } from './bootstrap/installation.mjs';
import { say } from './bootstrap/progress.mjs';
import { ensureRuntime, isRuntimeReady, nodeBinary, root } from './ensure-runtime.mjs';

/** Brings the checkout into a state in which the wanted parts can run; rejects with a sentence when it cannot. */
export async function bootstrap(wanted) {
  if (phases(wanted).flat().every(isCurrent)) return;
  await exclusively(join(root, '.bootstrap.lock'), async () => {
    // Planned again: whoever held the lock before us may have done it all.
    for (const steps of phases(wanted)) await makeAll(steps.filter((step) => !isCurrent(step)));
  });
}

// The console is a package of its own and shares nothing with the program, so the steps of a phase run side by
// side. Both builds need the Node that the runtime step provides.
function phases({ build, console: withConsole }) {
  const runtime = { isCurrent: isRuntimeReady, make: ensureRuntime };
  const installs = [installation({ folder: root, name: 'dependencies' })];
  const builds = [];
  if (build) builds.push(compilation(root, nodeBinary));
  if (withConsole) {
    installs.push(installation({ folder: join(root, 'console'), name: "the console's dependencies" }));
    builds.push(consoleBundle(root, nodeBinary));
  }
  return [installs, [runtime], builds];
}

function isCurrent(step) {
  return step.isCurrent();
}

// Every step is awaited even when another has failed: the lock may only fall when nothing is running any more.
async function makeAll(steps) {
  const outcomes = await Promise.allSettled(steps.map((step) => step.make()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

function readArguments(argv) {
  const unknown = argv.find((argument) => argument !== '--build' && argument !== '--console');
  if (unknown) throw new Error(`bootstrap does not know ${unknown}: it takes --build and --console`);
  return { build: argv.includes('--build'), console: argv.includes('--console') };
}

async function main() {
  try {
    await bootstrap(readArguments(process.argv.slice(2)));
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
