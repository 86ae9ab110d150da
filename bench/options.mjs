import { parseArgs } from 'node:util';

const OPTIONS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  save: { type: 'string' },
  profile: { type: 'string' },
  dist: { type: 'string' },
};

export const USAGE = `npm run bench -- [options]
  --rounds N      rounds over all cells, forward and backward in turn (5)
  --seconds S     how long one cell is loaded in a round (2)
  --only A,B      these scenarios and what they are compared with
  --quick         one round of 0.3 s on little data: shows that everything runs, its figures mean nothing
  --save NAME     keep the results as bench/results/NAME.json
  --profile DIR   write a CPU profile of our server for each of its scenarios there
  --dist DIR      measure another build (dist)
`;

/** The command line, read; throws with a sentence for the user. */
export function readOptions(argv) {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  const { quick } = values;
  return {
    quick,
    rounds: positive('rounds', values.rounds ?? (quick ? '1' : '5')),
    seconds: positive('seconds', values.seconds ?? (quick ? '0.3' : '2')),
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    save: values.save ?? null,
    profile: values.profile ?? null,
    dist: values.dist ?? null,
  };
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0) || value > 1000) throw new Error(`--${name} takes a positive number, not "${text}".`);
  return value;
}
