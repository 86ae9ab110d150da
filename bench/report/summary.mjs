import { goals } from '../goals.mjs';
import { median, overRounds, ratioTo } from './statistics.mjs';

/** Every cell and goal over all rounds, as it is printed and written. */
export function summarise(rounds, { cells, experimentNames }) {
  return {
    cells: cells.map((cell) => cellSummary(rounds, cell)),
    experiments: Object.fromEntries(experimentNames.map((name) => [name, experimentSummary(rounds, name)])),
    goals: goals.filter((goal) => isMeasured(rounds, goal)).map((goal) => judge(rounds, goal)),
  };
}

function cellSummary(rounds, { name, title, base }) {
  const of = (figure) => overRounds(rounds, ({ cells }) => cells[name][figure]);
  const rps = rounds.map(({ cells }) => cells[name].rps);
  const ratio = (kind) => (base === null ? null : ratioTo(rounds, { scenario: name, base, of: kind }));
  return {
    name,
    title,
    base,
    rps: { median: median(rps), min: Math.min(...rps), max: Math.max(...rps) },
    ratio: ratio('rps'),
    cpuRatio: ratio('cpu'),
    cpuMicros: of('cpuMicros'),
    p50: of('p50'),
    p99: of('p99'),
    requests: rounds.reduce((sum, { cells }) => sum + cells[name].requests, 0),
    bad: rounds.reduce((sum, { cells }) => sum + cells[name].bad, 0),
    firstBad: rounds.map(({ cells }) => cells[name].firstBad).find(Boolean) ?? null,
  };
}

function experimentSummary(rounds, name) {
  const [first] = rounds;
  const figures = Object.keys(first.experiments[name]).filter((figure) => figure !== 'firstBad');
  const firstBad = rounds.map(({ experiments }) => experiments[name].firstBad).find(Boolean) ?? null;
  const medians = figures.map((figure) => [
    figure,
    overRounds(rounds, (round) => round.experiments[name][figure]),
  ]);
  const bad = rounds.reduce((sum, { experiments }) => sum + experiments[name].bad, 0);
  return { ...Object.fromEntries(medians), bad, firstBad };
}

function isMeasured([{ cells, experiments }], { scenario, base, experiment }) {
  return experiment === undefined ? scenario in cells && base in cells : experiment in experiments;
}

/** `share` of a goal: 1 when it is just reached, more when it is passed. */
function judge(rounds, goal) {
  const { experiment, figure, total, atLeast, atMost } = goal;
  if (experiment === undefined) {
    const value = ratioTo(rounds, goal);
    return { ...goal, value, share: value / atLeast, reached: value >= atLeast };
  }
  const figures = rounds.map(({ experiments }) => experiments[experiment][figure]);
  const value = total ? figures.reduce((sum, each) => sum + each, 0) : median(figures);
  return { ...goal, value, share: value === 0 ? 1 : atMost / value, reached: value <= atMost };
}
