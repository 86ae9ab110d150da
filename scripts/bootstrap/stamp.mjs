// A stamp is a file inside what was made (node_modules, dist) that holds the fingerprint of what it was made
// from. It lies inside, so that deleting the result deletes the claim that it is current.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export function stampEquals(stamp, expected) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === expected;
}

/** Does the work between taking the old stamp away and writing the new one: no stamp without success. */
export async function stampAfter(stamp, value, work) {
  rmSync(stamp, { force: true });
  await work();
  writeFileSync(stamp, value);
}
