import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportUsersService } from '../features/users/import-users.service.js';
import { countsOf, IMPORT_BATCH, type ImportLine } from '../features/users/import-users.service.js';
import { systemCaller } from '../kernel/caller.js';
import { newId } from '../kernel/id.js';
import { type Command, say, UsageError, warn, withServices } from './command.js';
import { textLines } from './text-lines.js';

const MAX_LINE_BYTES = 65_536;

/** What moves accounts in and out, any number of them, a batch at a time in memory. */
export const transferCommands = {
  'import-users': {
    usage: 'import-users FILE|-',
    about:
      'Takes accounts, a JSON object a line, from a file or the standard input. Accounts that exist stay as they are. ' +
      'Exits 1 if a line was refused; the lines that were are told by their numbers.',
    operands: ['FILE'],
    run: async (_options, [file]) => {
      if (file === undefined) throw new UsageError('import-users needs a FILE, or - for the standard input.');
      if (file !== '-') await assertReadable(file);
      const source: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
      await withServices(async ({ importUsers }) => {
        const { created, skipped, refused } = await importLines(
          importUsers,
          textLines(source, MAX_LINE_BYTES),
        );
        say(`created ${created}, skipped ${skipped}, refused ${refused}`);
        if (refused > 0) process.exitCode = 1;
      });
    },
  },
  'export-users': {
    usage: 'export-users [--with-password-hashes] > FILE',
    about:
      'Writes accounts as import-users reads them, the deleted ones left out. Who has the hashes can try passwords ' +
      'against them for as long as they like: guard the file like the database.',
    run: async ({ 'with-password-hashes': withPasswordHashes = false }) => {
      await withServices(async ({ exportUsers }) => {
        const pages = exportUsers.all(systemCaller('cli'), { withPasswordHashes });
        await pipeline(Readable.from(textOf(pages)), process.stdout, { end: false });
      });
    },
  },
} as const satisfies Readonly<Record<string, Command>>;

async function importLines(importUsers: ImportUsersService, lines: AsyncIterable<ImportLine>) {
  const importId = newId();
  const total = { created: 0, skipped: 0, refused: 0 };
  const send = async (batch: readonly ImportLine[]): Promise<void> => {
    const results = await importUsers.importBatch(systemCaller('cli'), importId, batch);
    for (const { number, fault } of results) if (fault) warn(`line ${number}: ${fault}`);
    const counts = countsOf(results);
    for (const outcome of ['created', 'skipped', 'refused'] as const) total[outcome] += counts[outcome];
  };
  let batch: ImportLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < IMPORT_BATCH) continue;
    await send(batch);
    batch = [];
  }
  if (batch.length > 0) await send(batch);
  return total;
}

async function* textOf(pages: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of pages) yield lines.map((line) => `${line}\n`).join('');
}

async function assertReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    throw new UsageError(`There is no ${file} that can be read.`, { cause: error });
  }
}
