import { parseArgs } from 'node:util';
import { systemCaller } from '../kernel/caller.js';
import { AuthError } from '../kernel/errors.js';
import { loadConfig, readEnvironment } from '../platform/config/config.js';
import { generatedSecretsFor } from '../platform/config/generated-secrets.js';
import { printConfig } from '../platform/config/print-config.js';
import { ConfigError } from '../platform/config/problem.js';
import { randomToken } from '../platform/crypto/random.js';
import { DirectoryInUseError } from '../platform/database/directory-lock.js';
import { openCore } from './app.js';
import { printSchemaText } from './print-schema.js';
import { createAdmin } from './seed-system-admin.js';
import type { Services } from './services.js';

/** The options that any command may take. */
const OPTIONS = {
  email: { type: 'string' },
  name: { type: 'string' },
  audience: { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  'overlap-seconds': { type: 'string' },
  expect: { type: 'string' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

interface Command {
  readonly usage: string;
  readonly about: string;
  run(options: Options): Promise<void>;
}

/** What the operator asked for cannot be done as asked. */
class UsageError extends Error {}

const commands: Readonly<Record<string, Command>> = {
  migrate: {
    usage: 'migrate',
    about: 'Brings the database up to date; other commands and the server do it too.',
    run: () => withServices(async () => say('The database is up to date.')),
  },
  'create-admin': {
    usage: 'create-admin --email ADDRESS',
    about:
      'Creates a system admin. The password is read from AUTH_SYSTEM_ADMIN_PASSWORD, or made and shown once.',
    run: async ({ email }) => {
      if (email === undefined) throw new UsageError('create-admin needs --email ADDRESS.');
      await withServices(async (services) => {
        const chosen = services.config.systemAdmin.password?.reveal();
        const password = chosen ?? randomToken(18);
        await createAdmin(services, email, password);
        say(chosen === undefined ? `e-mail    ${email}\npassword  ${password}` : `Created ${email}.`);
      }, false);
    },
  },
  'create-service-account': {
    usage: 'create-service-account --name NAME [--audience AUD ...] [--role ROLE ...]',
    about: 'Creates a service account; its client secret is shown once. Role: resource_server by default.',
    run: async ({ name, audience, role }) => {
      if (name === undefined) throw new UsageError('create-service-account needs --name NAME.');
      await withServices(async ({ serviceAccounts, ownAudience }) => {
        const { serviceAccount, clientSecret } = await serviceAccounts.create(systemCaller('cli'), {
          name,
          description: '',
          audiences: audience ?? [ownAudience],
          roles: role ?? ['resource_server'],
        });
        say(`client_id      ${serviceAccount.id}\nclient_secret  ${clientSecret}`);
      });
    },
  },
  'rotate-signing-key': {
    usage: 'rotate-signing-key [--overlap-seconds N]',
    about: 'Lets the next key sign. The old one verifies for N seconds more; 0 kills all its tokens at once.',
    run: async ({ 'overlap-seconds': text }) => {
      const overlap = text === undefined ? undefined : wholeNumber(text);
      await withServices(async ({ signingKeys }) => {
        const { id } = await signingKeys.rotate(systemCaller('cli'), overlap);
        say(`Signing with ${id} from now on.`);
      });
    },
  },
  'verify-audit': {
    usage: 'verify-audit [--expect SEQUENCE:HASH]',
    about:
      'Checks every link of the audit chain, and that a link kept elsewhere is still in it. Exits 1 if broken.',
    run: async ({ expect }) => {
      const [, sequence, hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(expect ?? '') ?? [];
      if (expect !== undefined && sequence === undefined)
        throw new UsageError('--expect takes SEQUENCE:HASH.');
      await withServices(async ({ audit }) => {
        const verdict = await audit.verify(
          sequence === undefined ? undefined : { sequence: Number(sequence), hash },
        );
        const head = `${verdict.head.sequence}:${verdict.head.hash}`;
        if (!verdict.valid) {
          say(`BROKEN at ${verdict.brokenAt}: ${verdict.reason}. The last good link is ${head}`);
          process.exitCode = 1;
        } else say(`The chain of ${verdict.checked} links is whole. Keep its head elsewhere: ${head}`);
      });
    },
  },
  'print-schema': {
    usage: 'print-schema',
    about: 'Prints the GraphQL schema.',
    run: async () => say(printSchemaText().trimEnd()),
  },
  'print-config': {
    usage: 'print-config',
    about: 'Prints the configuration as it is understood; secrets read [secret].',
    run: async () => say(printConfig(readConfig()).trimEnd()),
  },
};

const [name = '', ...args] = process.argv.slice(2);
try {
  const command = commands[name];
  if (!command) throw new UsageError(name === '' ? 'Name a command.' : `There is no command ${name}.`);
  await command.run(parseArgs({ args, options: OPTIONS }).values);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** `seedAdmin` false: a command that makes the first admin itself. */
async function withServices(work: (services: Services) => Promise<void>, seedAdmin = true): Promise<void> {
  const config = readConfig();
  const quiet = { ...config, log: { level: 'error' } as const };
  const core = await openCore(
    seedAdmin ? quiet : { ...quiet, systemAdmin: { ...config.systemAdmin, email: null } },
  );
  try {
    await work(core.services);
    const { seededAdmin } = core;
    if (seededAdmin?.generatedPassword) {
      say(`Created the system admin ${seededAdmin.email}, password ${seededAdmin.generatedPassword}`);
    }
  } finally {
    await core.close();
  }
}

function readConfig() {
  const env = readEnvironment();
  return loadConfig(env, { generated: generatedSecretsFor(env) });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError('--overlap-seconds takes a whole number of seconds.');
  return Number(text);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
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
