/** Percentiles of latencies in milliseconds. */
export function summarise(latencies) {
  if (latencies.length === 0) return { p50: null, p99: null, max: null };
  const sorted = Float64Array.from(latencies).toSorted();
  return { p50: percentile(sorted, 50), p99: percentile(sorted, 99), max: sorted.at(-1) };
}

/** The value that `percent` % of `sorted` do not exceed (nearest rank). */
export function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}
