/** The middle of `values`, of the two middle ones their mean; null when there are none. */
export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[Math.floor(half)];
}

/** The median over the rounds of what `read` finds in each. */
export function overRounds(rounds, read) {
  return median(rounds.map(read));
}

/**
 * How a cell does against another: the ratio within each round, then the median. `rps`: requests a second;
 * `cpu`: how many times less CPU time a request takes.
 */
export function ratioTo(rounds, { scenario, base, of }) {
  return overRounds(rounds, ({ cells }) => {
    const [ours, theirs] = [cells[scenario], cells[base]];
    return of === 'cpu' ? theirs?.cpuMicros / ours?.cpuMicros : ours?.rps / theirs?.rps;
  });
}
