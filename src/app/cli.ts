import { parseArgs } from 'node:util';
import { AuthError } from '../kernel/errors.js';
import { ConfigError } from '../platform/config/problem.js';
import { DirectoryInUseError } from '../platform/database/directory-lock.js';
import { accountCommands } from './account-commands.js';
import { type Command, OPTIONS, say, UsageError, warn, withServices } from './command.js';
import { transferCommands } from './transfer-commands.js';
import { upkeepCommands } from './upkeep-commands.js';

const commands: Readonly<Record<string, Command>> = {
  migrate: {
    usage: 'migrate',
    about: 'Brings the database up to date; other commands and the server do it too.',
    run: () => withServices(async () => say('The database is up to date.')),
  },
  ...accountCommands,
  ...transferCommands,
  ...upkeepCommands,
};

const [name = '', ...args] = process.argv.slice(2);
try {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(name === '' ? 'Name a command.' : `There is no command ${name}.`);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [superfluous] = positionals.slice(command.operands?.length ?? 0);
  if (superfluous !== undefined) throw new UsageError(`${name} takes no ${superfluous}.`);
  await command.run(values, positionals);
} catch (error) {
  warn(explain(error));
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    const lines = Object.values(commands).map(
      ({ usage, about }) => `  npx latchkey ${usage}\n      ${about}`,
    );
    return `${error.message}\n\n${lines.join('\n')}`;
  }
  if (error instanceof AuthError) return refusal(error);
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof ConfigError || error instanceof DirectoryInUseError;
  return expected ? error.message : (error.stack ?? error.message);
}

function refusal({ code, message, details, retryAfter }: AuthError): string {
  const wait = retryAfter === undefined ? '' : ` In ${retryAfter} seconds it will do.`;
  return `${code}: ${message}${wait}${details ? ` ${JSON.stringify(details)}` : ''}`;
}
