import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bareEnvironment } from '../support/server-process.js';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
const ADMIN_PASSWORD = 'a password for the command line';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Every command is a start of its own.
vi.setConfig({ testTimeout: 120_000 });

/** Runs one command of the build that `npm test` makes, on a data directory that the whole file shares. */
async function latchkey(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const variables = { ...bareEnvironment, AUTH_DATA_DIR: directory, ...env };
  const command = [join(root, 'dist/src/app/cli.js'), ...args];
  try {
    const output = await promisify(execFile)(process.execPath, command, { cwd: root, env: variables });
    return { code: 0, ...output };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

beforeAll(async () => {
  const migrated = await latchkey(['migrate'], { AUTH_SYSTEM_ADMIN_PASSWORD: ADMIN_PASSWORD });
  expect(migrated).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('migrate may be run again', async () => {
  expect(await latchkey(['migrate'])).toMatchObject({ code: 0 });
});

test('create-admin makes a password that is shown once, and refuses a known address', async () => {
  const created = await latchkey(['create-admin', '--email', 'second@example.com']);
  expect(created.stdout).toMatch(/^e-mail {4}second@example\.com\npassword {2}\S{24}\n$/);
  const again = await latchkey(['create-admin', '--email', 'second@example.com']);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('EMAIL_TAKEN');
});

test('create-service-account shows id and secret, and refuses a name that is taken', async () => {
  const created = await latchkey(['create-service-account', '--name', 'orders']);
  expect(created.stdout).toMatch(/^client_id {6}[0-9a-f-]{36}\nclient_secret {2}lks_\S{43}\n$/);
  const again = await latchkey(['create-service-account', '--name', 'orders']);
  expect(again.stderr).toContain('SERVICE_ACCOUNT_NAME_TAKEN');
  const unknown = await latchkey(['create-service-account', '--name', 'x', '--audience', 'nowhere']);
  expect(unknown.stderr).toContain('AUDIENCE_UNKNOWN');
});

test('rotate-signing-key rotates at once with overlap 0, and refuses nonsense', async () => {
  const rotated = await latchkey(['rotate-signing-key', '--overlap-seconds', '0']);
  expect(rotated.stdout).toMatch(/^Signing with [0-9a-f-]{36} from now on\.\n$/);
  const nonsense = await latchkey(['rotate-signing-key', '--overlap-seconds', '-1']);
  expect(nonsense.code).toBe(1);
  const fresh = await latchkey(['rotate-signing-key', '--overlap-seconds', '900']);
  expect(fresh.stderr).toContain('SIGNING_KEY_TOO_FRESH');
});

test('verify-audit tells the head, and exits 1 when the chain does not hold a head kept before', async () => {
  const verified = await latchkey(['verify-audit']);
  const head = /(\d+:[0-9a-f]{64})\n$/.exec(verified.stdout)?.[1] ?? '';
  expect(verified.stdout).toContain('is whole');
  expect(await latchkey(['verify-audit', '--expect', head])).toMatchObject({ code: 0 });
  const forged = await latchkey(['verify-audit', '--expect', head.replace(/:.*/, `:${'0'.repeat(64)}`)]);
  expect(forged).toMatchObject({ code: 1 });
  expect(forged.stdout).toContain('BROKEN');
});

test('print-schema prints schema.graphql', async () => {
  const { stdout } = await latchkey(['print-schema']);
  expect(stdout).toBe(readFileSync(join(root, 'schema.graphql'), 'utf8'));
});

test('print-config shows every value but the secrets', async () => {
  const { stdout } = await latchkey(['print-config'], { AUTH_ACCESS_TOKEN_TTL: '600' });
  expect(stdout).toContain('tokens.accessTtlSeconds = 600');
  const { AUTH_ENCRYPTION_KEY = '' } = JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8'));
  expect(AUTH_ENCRYPTION_KEY).toHaveLength(43);
  expect(stdout).not.toContain(AUTH_ENCRYPTION_KEY);
});

test('an unknown command or option exits 1 and shows what there is', async () => {
  const commands = [[], ['nope'], ['migrate', '--nope'], ['create-admin']];
  for (const refused of await Promise.all(commands.map((args) => latchkey(args)))) {
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('npx latchkey rotate-signing-key');
    expect(refused.stderr).not.toContain('    at ');
  }
});
