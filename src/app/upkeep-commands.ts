import { systemCaller } from '../kernel/caller.js';
import { printConfig } from '../platform/config/print-config.js';
import { type Command, readConfig, say, UsageError, withServices } from './command.js';
import { printSchemaText } from './print-schema.js';

/** What keeps an installation going, and shows how it is set up. */
export const upkeepCommands = {
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
} as const satisfies Readonly<Record<string, Command>>;

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError('--overlap-seconds takes a whole number of seconds.');
  return Number(text);
}
