import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/** A browser of the machine, or undefined. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/**
 * `describe` for tests that need something of the machine: skipped, with the reason printed, when it is missing.
 * On CI nothing may be missing, and a skipped promise is a broken one: there it throws.
 */
export function describeNeeding(what: string, present: boolean): typeof describe | typeof describe.skip {
  if (present) return describe;
  if (process.env['CI']) throw new Error(`These tests need ${what}, and on CI they must run.`);
  process.stdout.write(`Skipped: these tests need ${what}, which is not here.\n`);
  return describe.skip;
}
