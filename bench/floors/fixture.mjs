import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the seed wrote, for the floors: the same tokens, sessions and client as ours. */
export function readFixture(folder) {
  const fixture = JSON.parse(readFileSync(join(folder, 'fixture.json'), 'utf8'));
  const tokens = ['hot', 'fresh', 'cold'].flatMap((name) =>
    readFileSync(join(folder, `${name}.txt`), 'utf8')
      .split('\n')
      .filter(Boolean),
  );
  return { ...fixture, sessionIds: new Set(tokens.map((token) => claimsOf(token).sid)) };
}

export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.', 2)[1], 'base64url').toString());
}
