// `npm run bench`: floors, a peer and our server side by side, in interleaved rounds; docs/operations/benchmarks.md
// says what is measured and how to read it.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cells as allCells } from './cells.mjs';
import { readOptions, USAGE } from './options.mjs';
import { select, sizesOf } from './plan.mjs';
import { DEFAULT_URL, NoPostgresError } from './postgres.mjs';
import { describeMachine } from './report/machine.mjs';
import { summarise } from './report/summary.mjs';
import { failuresOf, printSummary } from './report/table.mjs';
import { runRounds } from './rounds.mjs';
import { switchedOn, World } from './world.mjs';

const write = (text) => process.stdout.write(text);
const say = (text) => process.stderr.write(`${text}\n`);

process.exitCode = await main();

/** 0: measured. 1: failed, or unexpected answers came. 2: it cannot be measured here or like this. */
async function main() {
  let options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  const dist = resolve(options.dist ?? join(import.meta.dirname, '../dist'));
  if (!existsSync(join(dist, 'src/main.js'))) {
    say(`There is no build at ${dist}: run npm run build first.`);
    return 2;
  }
  const adminUrl = process.env.DATABASE_URL || DEFAULT_URL;
  try {
    return await runIn(await World.create({ adminUrl, dist, sizes: sizesOf(options) }), options);
  } catch (error) {
    if (!(error instanceof NoPostgresError)) throw error;
    say(
      `${error.message}\nThe benchmark needs a Postgres on which it may create a database: set DATABASE_URL.`,
    );
    return 2;
  }
}

async function runIn(world, options) {
  const interrupted = () => world.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const machine = describeMachine(world.database.version);
    say('filling the database');
    await world.prepare();
    const chosen = select(allCells(world), options.only);
    if (options.profile !== null) await mkdir(options.profile, { recursive: true });
    const plan = { ...chosen, options, unseenByCells: world.sizes.unseenByCells };
    const rounds = await runRounds(world, plan, say);
    const summary = summarise(rounds, chosen);
    write(
      `Our server had on: ${switchedOn}.\nLoad average at the start: ${machine.loadAverage[0].toFixed(1)} on ${machine.cores} cores.\n`,
    );
    printSummary(summary, write);
    const file = await save(
      { date: new Date().toISOString(), machine, switchedOn, options, ...summary, rounds },
      options.save,
    );
    write(`Results: ${file}\n`);
    return failuresOf(summary.cells, summary.experiments).length > 0 ? 1 : 0;
  } finally {
    await world.close();
  }
}

async function save(results, name) {
  const folder =
    name === null ? join(tmpdir(), 'latchkey-bench-results') : join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name ?? results.date.replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}
