import { experiments } from './experiments/index.mjs';
import { measure } from './measure.mjs';

/** Sessions that one round of the revocation experiment ends. */
export const DOOMED_PER_ROUND = { full: 40, quick: 5 };

/**
 * Runs all rounds: the cells forward and backward in turn, so that whatever drifts on the machine meets base
 * and scenario alike, then the experiments. Each cell is warmed up once before the first round.
 */
export async function runRounds(world, plan, say) {
  const { cells, experimentNames, options } = plan;
  const { rounds, seconds, quick, profile } = options;
  say(`warming up ${cells.length} cells`);
  for (const cell of cells) await measure(world, cell, { seconds: Math.min(1, seconds), slot: 0 });
  const results = [];
  for (let round = 0; round < rounds; round += 1) {
    const result = { cells: {}, experiments: {} };
    for (const cell of round % 2 === 0 ? cells : cells.toReversed()) {
      const slot = round + 1;
      result.cells[cell.name] = await measure(world, cell, {
        seconds,
        slot,
        profile: round === 0 ? profile : null,
      });
      say(`round ${round + 1}/${rounds} ${cell.name}: ${Math.round(result.cells[cell.name].rps)}/s`);
    }
    for (const name of experimentNames) {
      const perRound = quick ? DOOMED_PER_ROUND.quick : DOOMED_PER_ROUND.full;
      const settings = { seconds, round, perRound, unseenFrom: plan.unseenByCells };
      result.experiments[name] = await experiments[name].run(world, settings);
      say(`round ${round + 1}/${rounds} ${name}`);
    }
    results.push(result);
  }
  return results;
}
