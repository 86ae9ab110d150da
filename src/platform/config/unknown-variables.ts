/** A warning for each `AUTH_…` variable that no setting has: a typo would otherwise silently keep a default. */
export function warnOfUnknown(env: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('AUTH_') && !known.includes(name))
    .toSorted()
    .map((name) => {
      const meant = known.find((candidate) => distance(name, candidate) <= 2);
      return `${name} is not a setting and has no effect${meant ? `; did you mean ${meant}?` : '.'}`;
    });
}

// Levenshtein's distance, one row of the table at a time.
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
