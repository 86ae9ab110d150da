import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = globSync('src/**/*.ts', { cwd: root }).map((file) => ({
  file: file.replaceAll('\\', '/'),
  code: withoutComments(readFileSync(join(root, file), 'utf8')),
}));

test('the whole of src is looked at', () => {
  expect(files.length).toBeGreaterThan(150);
});

test('nothing but a waiting time is drawn from Math.random', () => {
  const lines = files.flatMap(({ code }) => code.split('\n').filter((line) => line.includes('Math.random')));
  for (const line of lines) expect(line.trim()).toMatch(/^await sleep\(/);
  expect(lines.length).toBeGreaterThan(0);
});

test('random bytes are drawn in few places, each known', () => {
  const drawing = files.filter(({ code }) => /\brandom(Bytes|UUID|Int|Fill)\b|getRandomValues/.test(code));
  expect(drawing.map(({ file }) => file).toSorted()).toEqual([
    // Names requests; no secret.
    'src/app/app.ts',
    'src/platform/config/generated-secrets.ts',
    'src/platform/crypto/encryption.ts',
    'src/platform/crypto/password-hash.ts',
    'src/platform/crypto/random.ts',
    // Tells one holder of a lock from another; no secret.
    'src/platform/database/directory-lock.ts',
  ]);
});

test('an id is never a secret: tokens are not made of UUIDs', () => {
  const suspicious = files.filter(({ code }) => /(secret|token|password)\w* = newId\(\)/i.test(code));
  expect(suspicious.map(({ file }) => file)).toEqual([]);
});

test('the environment is read in load-config.ts and nowhere else', () => {
  const reading = files.filter(({ code }) =>
    /process\.env\b|from 'node:process'|import\.meta\.env/.test(code),
  );
  expect(reading.map(({ file }) => file)).toEqual(['src/platform/config/load-config.ts']);
});

/** Comments may speak of what code must not do. */
function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}
