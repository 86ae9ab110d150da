/** Writes one line for the person at the terminal; stderr, so that stdout stays clean for the program. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Announces a piece of work, does it, and says how long it took. */
export async function announce({ doing, done }, work) {
  say(`${doing} ...`);
  const startedAt = Date.now();
  const result = await work();
  say(`${done} in ${formatSeconds(Date.now() - startedAt)}`);
  return result;
}

/** 900 -> "0.9 s", 21_400 -> "21 s" */
export function formatSeconds(durationMs) {
  const seconds = durationMs / 1000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
