import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const PACKAGES = [
  'fastify',
  '@apollo/server',
  'argon2',
  'jose',
  'pg',
  'oidc-provider',
  'better-auth',
  'graphql',
];

/** What the figures depend on: machine, load at the start, versions, the commit. */
export function describeMachine(postgresVersion) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg(),
    platform: `${process.platform} ${process.arch}`,
    commit: commit(),
    versions: { node: process.version, postgres: postgresVersion, ...packageVersions() },
  };
}

function packageVersions() {
  // Read as files: most of them do not export their package.json.
  return Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]));
}

function versionOf(name) {
  const folder = require.resolve.paths(name).map((path) => `${path}/${name}/package.json`);
  for (const path of folder) {
    try {
      return JSON.parse(readFileSync(path, 'utf8')).version;
    } catch {
      // Not in this folder: look further up.
    }
  }
  return null;
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim();
  } catch {
    return null;
  }
}
