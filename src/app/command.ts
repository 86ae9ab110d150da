import type { parseArgs } from 'node:util';
import { loadConfig, readEnvironment } from '../platform/config/load-config.js';
import { generatedSecretsFor } from '../platform/config/generated-secrets.js';
import { openCore } from './app.js';
import type { Services } from './services.js';

/** The options that any command may take. */
export const OPTIONS = {
  email: { type: 'string' },
  name: { type: 'string' },
  audience: { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  'overlap-seconds': { type: 'string' },
  expect: { type: 'string' },
  'with-password-hashes': { type: 'boolean' },
} as const;
export type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** One thing that `latchkey` does. */
export interface Command {
  readonly usage: string;
  readonly about: string;
  /** What it takes besides options, by name; by default nothing. */
  readonly operands?: readonly string[];
  run(options: Options, operands: readonly string[]): Promise<void>;
}

/** What the operator asked for cannot be done as asked. */
export class UsageError extends Error {}

/** Runs `work` on the operator's database. `seedAdmin` false: a command that makes the first admin itself. */
export async function withServices(
  work: (services: Services) => Promise<void>,
  seedAdmin = true,
): Promise<void> {
  const config = readConfig();
  const quiet = { ...config, log: { level: 'error' } as const };
  const core = await openCore(
    seedAdmin ? quiet : { ...quiet, systemAdmin: { ...config.systemAdmin, email: null } },
  );
  try {
    await work(core.services);
    const { seededAdmin } = core;
    if (seededAdmin?.generatedPassword) {
      // Not on the standard output: what a command prints there may be read by a program.
      warn(`Created the system admin ${seededAdmin.email}, password ${seededAdmin.generatedPassword}`);
    }
  } finally {
    await core.close();
  }
}

/** The configuration as the server would read it. */
export function readConfig() {
  const env = readEnvironment();
  return loadConfig(env, { generated: generatedSecretsFor(env) });
}

/** A line of what was asked for. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line beside it. */
export function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}
