// One bootstrap at a time in one checkout: `npm start` and `npm test` in two shells would otherwise run two
// `npm ci` over the same node_modules. The lock is a folder, because mkdir either makes it or fails, at once.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './progress.mjs';

const pollMs = 200;
/** Between its mkdir and its pid a lock has no owner; older than this, its maker died in between. */
const ownerlessMs = 5_000;
/** No bootstrap takes this long; a living pid is then another program that was given a dead one's number. */
const tooOldMs = 20 * 60_000;

/** Does the work while holding the lock folder; waits for a living holder, takes over from a dead one. */
export async function exclusively(lock, work) {
  await acquire(lock);
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

async function acquire(lock) {
  let announced = false;
  while (!tryToMake(lock)) {
    if (isAbandoned(lock)) {
      removeAbandoned(lock);
    } else if (!announced) {
      say('Another shell is installing or building here: waiting for it ...');
      announced = true;
    }
    await sleep(pollMs);
  }
  writeFileSync(ownerFile(lock), String(process.pid));
}

function tryToMake(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// Two waiters may see the same dead owner. The second lock makes sure that neither removes what the other has
// meanwhile made: only its holder removes, and it looks again first.
function removeAbandoned(lock) {
  const takeover = `${lock}.takeover`;
  if (!tryToMake(takeover)) {
    if (ageMs(takeover) > ownerlessMs) rmSync(takeover, { recursive: true, force: true });
    return;
  }
  try {
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
  } finally {
    rmSync(takeover, { recursive: true, force: true });
  }
}

function isAbandoned(lock) {
  const age = ageMs(lock);
  const owner = owns(lock);
  if (owner === undefined) return age > ownerlessMs;
  return age > tooOldMs || owner === process.pid || !isAlive(owner);
}

/** A lock that has just been released has no age. */
function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}

function owns(lock) {
  try {
    return Number.parseInt(readFileSync(ownerFile(lock), 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function ownerFile(lock) {
  return join(lock, 'pid');
}
