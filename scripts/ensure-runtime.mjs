// Runs before anything is installed, on whatever Node the machine has: Node built-ins only, Node 18 syntax.
// Where that Node is older than `engines.node`, a pinned one comes from the npm registry (runtime/, locked by
// integrity, no install scripts) and is linked into node_modules/.bin, which npm puts first in the PATH of
// every script.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announce, say } from './bootstrap/progress.mjs';
import { runNpm } from './bootstrap/run-command.mjs';

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === 'win32';
const runtimeFolder = join(root, 'runtime');
const pinnedPackage = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const pinnedFolder = join(runtimeFolder, 'node_modules', pinnedPackage);
const pinnedNode = join(pinnedFolder, 'bin', windows ? 'node.exe' : 'node');

/** True when there is nothing to fetch and nothing to link. */
export function isRuntimeReady() {
  return isSystemNodeEnough() || (isPinnedNodeInstalled() && existsSync(linkPath()));
}

/** The Node to run the program with. Only true to its word once `ensureRuntime` has been through. */
export function nodeBinary() {
  return isSystemNodeEnough() ? process.execPath : pinnedNode;
}

/** Fetches the pinned Node and links it, where the system's Node is too old. */
export async function ensureRuntime() {
  if (isSystemNodeEnough()) return;
  if (!isPinnedNodeInstalled()) await fetchPinnedNode();
  linkPinnedNode();
}

// A process that already runs on the pinned Node (npm found the link) still has to follow a new pin.
function isSystemNodeEnough() {
  const runsOnPinned = realpathSync(process.execPath).startsWith(runtimeFolder + sep);
  return !runsOnPinned && isAtLeast(process.versions.node, oldestNode());
}

function oldestNode() {
  const { engines } = readJson(join(root, 'package.json'));
  return engines.node.replace('>=', '').trim();
}

function isAtLeast(version, minimum) {
  const [have, want] = [version, minimum].map((text) => text.split('.').map(Number));
  for (const [index, number] of want.entries()) {
    if (have[index] !== number) return have[index] > number;
  }
  return true;
}

function pinnedVersion() {
  const { packages } = readJson(join(runtimeFolder, 'package-lock.json'));
  return packages[`node_modules/${pinnedPackage}`]?.version;
}

function isPinnedNodeInstalled() {
  return existsSync(pinnedNode) && readJson(join(pinnedFolder, 'package.json')).version === pinnedVersion();
}

async function fetchPinnedNode() {
  const version = pinnedVersion();
  if (version === undefined) throw new Error(installByHand('there is no prebuilt one for'));
  const doing = `Fetching Node ${version} (this machine has ${process.versions.node}, ${oldestNode()} is needed)`;
  await announce({ doing, done: `Fetched Node ${version}` }, () =>
    runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], runtimeFolder),
  );
  const trial = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' });
  if (trial.stdout?.trim() !== `v${version}`)
    throw new Error(installByHand('the prebuilt one does not run on'));
}

function installByHand(reason) {
  return `Latchkey needs Node ${oldestNode()} or newer, and ${reason} ${process.platform}-${process.arch}. Please install Node 24.`;
}

function linkPath() {
  return join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
}

function linkPinnedNode() {
  const link = linkPath();
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  if (windows) writeFileSync(link, `@"${pinnedNode}" %*\r\n`);
  else symlinkSync(relative(dirname(link), pinnedNode), link);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function main() {
  try {
    await ensureRuntime();
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
