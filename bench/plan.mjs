import { experiments } from './experiments/index.mjs';
import { goals } from './goals.mjs';
import { unseen } from './experiments/login-storm.mjs';
import { unseenPerSlot } from './measure.mjs';
import { DOOMED_PER_ROUND } from './rounds.mjs';

/** How much data a run needs, by its options. */
export function sizesOf({ rounds, seconds, quick, only }) {
  const unseenByCells = (rounds + 1) * unseenPerSlot(seconds);
  const wants = (name) => only === null || only.includes(name);
  return {
    accounts: quick ? 32 : 200,
    hot: quick ? 200 : 2_000,
    fresh: (wants('introspect-new-token') ? unseenByCells : 0) + rounds * unseen(seconds),
    cold: wants('introspect-new-session') ? unseenByCells : 1,
    unseenByCells: wants('introspect-new-token') ? unseenByCells : 0,
    keys: quick ? 50 : 500,
    machines: quick ? 20 : 200,
    chains: 32,
    doomed: rounds * (quick ? DOOMED_PER_ROUND.quick : DOOMED_PER_ROUND.full),
    refreshRows: quick ? 1_000 : 200_000,
    peer: quick ? 20 : 500,
  };
}

/** The cells and experiments to run: all, or those named and whatever they are compared with. */
export function select(cells, only) {
  if (only === null) return { cells, experimentNames: Object.keys(experiments) };
  const known = new Set([...cells.map(({ name }) => name), ...Object.keys(experiments)]);
  const unknown = only.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`There is no scenario "${unknown}"; there are ${[...known].join(', ')}.`);
  const bases = goals.filter(({ scenario }) => only.includes(scenario)).map(({ base }) => base);
  const direct = cells.filter(({ name }) => only.includes(name)).map(({ base }) => base);
  const wanted = new Set([...only, ...bases, ...direct]);
  return {
    cells: cells.filter(({ name }) => wanted.has(name)),
    experimentNames: Object.keys(experiments).filter((name) => wanted.has(name)),
  };
}
