import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  ensureGeneratedSecrets,
  generatedSecretsFor,
} from '../../../../src/platform/config/generated-secrets.js';

const root = join(import.meta.dirname, '../../../..');

function newDirectory(): string {
  const parent = mkdtempSync(join(tmpdir(), 'latchkey-secrets-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  return join(parent, 'data');
}

test('secrets are made once, kept with mode 0600 in a directory of mode 0700, and read again', () => {
  const directory = newDirectory();
  const made = ensureGeneratedSecrets(directory);
  expect(Object.keys(made).toSorted()).toEqual(['AUTH_ENCRYPTION_KEY', 'AUTH_JWT__SECRET']);
  expect(made.AUTH_ENCRYPTION_KEY).toMatch(/^[\w-]{43}$/);
  expect(made.AUTH_JWT__SECRET).not.toBe(made.AUTH_ENCRYPTION_KEY);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['secrets.json']);
  expect(ensureGeneratedSecrets(directory)).toEqual(made);
});

test('two processes that start together end with the same secrets', async () => {
  const directory = newDirectory();
  const module = join(root, 'src/platform/config/generated-secrets.ts');
  const script = `
    const { ensureGeneratedSecrets } = await import(${JSON.stringify(module)});
    // Both have loaded the program by then, and go at the same moment.
    while (Date.now() < ${Date.now() + 2500}) {}
    console.log(JSON.stringify(ensureGeneratedSecrets(${JSON.stringify(directory)})));`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const start = () => promisify(execFile)(process.execPath, args, { cwd: root });
  const [first, second] = await Promise.all([start(), start()]);
  expect(JSON.parse(first.stdout)).toEqual(JSON.parse(second.stdout));
  expect(JSON.parse(first.stdout)).toEqual(JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')));
  expect(readdirSync(directory)).toEqual(['secrets.json']);
});

test.each([0o640, 0o604, 0o660])(
  'a file that others can reach (mode %o) is refused with the remedy',
  (mode) => {
    const directory = newDirectory();
    const made = ensureGeneratedSecrets(directory);
    chmodSync(join(directory, 'secrets.json'), mode);
    expect(() => ensureGeneratedSecrets(directory)).toThrow(`chmod 600 ${join(directory, 'secrets.json')}`);
    expect(() => ensureGeneratedSecrets(directory)).not.toThrow(made.AUTH_JWT__SECRET);
  },
);

test.each(['{"AUTH_ENCRYPTION_KEY": "canary', '{}', '[]', '{"AUTH_ENCRYPTION_KEY":"canary"}'])(
  'a damaged file is refused without quoting it, and never replaced: %s',
  (text) => {
    const directory = newDirectory();
    ensureGeneratedSecrets(directory);
    writeFileSync(join(directory, 'secrets.json'), text);
    expect(() => ensureGeneratedSecrets(directory)).toThrow(/damaged/);
    expect(() => ensureGeneratedSecrets(directory)).not.toThrow(/canary/);
    expect(readFileSync(join(directory, 'secrets.json'), 'utf8')).toBe(text);
  },
);

test('memory:// writes nothing and makes new secrets each time', () => {
  expect(ensureGeneratedSecrets('memory://')).not.toEqual(ensureGeneratedSecrets('memory://'));
  expect(existsSync('memory:')).toBe(false);
});

test('nothing is generated in production, nor when both secrets are given', () => {
  const directory = newDirectory();
  const given = { AUTH_ENCRYPTION_KEY: 'x', AUTH_JWT__SECRET: 'y' };
  expect(generatedSecretsFor({ NODE_ENV: 'production', AUTH_DATA_DIR: directory })).toEqual({});
  expect(generatedSecretsFor({ ...given, AUTH_DATA_DIR: directory })).toEqual({});
  expect(existsSync(directory)).toBe(false);
  expect(Object.keys(generatedSecretsFor({ AUTH_DATA_DIR: directory }))).toHaveLength(2);
});
