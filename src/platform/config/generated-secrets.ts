import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { dataDirectoryOf } from './load-config.js';
import { SECRET_MIN_LENGTH } from './env.js';
import { ConfigError } from './problem.js';

const NAMES = ['AUTH_ENCRYPTION_KEY', 'AUTH_JWT__SECRET'] as const;

const fileShape = z.record(z.enum(NAMES), z.string().min(SECRET_MIN_LENGTH));

/**
 * The secrets of an installation that was given none: `secrets.json` (mode 0600) in the data directory,
 * created by whoever starts first and read by everybody after. Under `memory://` nothing is written.
 * Throws a ConfigError when the file is open to others or damaged.
 */
export function ensureGeneratedSecrets(dataDirectory: string): Record<string, string> {
  if (dataDirectory === 'memory://') return generate();
  const path = join(dataDirectory, 'secrets.json');
  const existing = readSecrets(path);
  if (existing) return existing;

  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  createOnce(path, dataDirectory);
  // Whoever won the race, everybody goes on with what is on the disk.
  return readSecrets(path) ?? fail(`points at a directory that does not keep ${path}.`);
}

/** What `loadConfig` is to fall back on for `env`: nothing in production, nor when both secrets are set. */
export function generatedSecretsFor(env: NodeJS.ProcessEnv): Record<string, string> {
  const complete = NAMES.every((name) => (env[name] ?? '').trim() !== '');
  if (env.NODE_ENV === 'production' || complete) return {};
  return ensureGeneratedSecrets(dataDirectoryOf(env));
}

function generate(): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, randomBytes(32).toString('base64url')]));
}

// A whole file appears under its name in one step, and only if there is none: two processes that start
// together must not end up with different keys, nor read half a file.
function createOnce(path: string, directory: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(generate(), null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    linkSync(temporary, path);
    flushDirectory(directory);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
}

// Data encrypted under a key whose file name did not survive a power cut would be lost with it.
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function readSecrets(path: string): Record<string, string> | null {
  const text = readPrivateFile(path);
  if (text === null) return null;
  try {
    return fileShape.parse(JSON.parse(text));
  } catch {
    // The parser's own message would quote the file, so it is not passed on.
    return fail(`holds a damaged ${path}: restore it, or remove it if nothing was encrypted under it yet.`);
  }
}

function readPrivateFile(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    // The opened file is judged, not its name: nobody can swap it in between.
    const openToOthers = process.platform !== 'win32' && (fstatSync(descriptor).mode & 0o077) !== 0;
    if (openToOthers) fail(`holds secrets that others on this machine can read: run \`chmod 600 ${path}\`.`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function fail(sentence: string): never {
  throw new ConfigError([{ variable: 'AUTH_DATA_DIR', sentence }]);
}
