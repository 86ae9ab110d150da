import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { bash } from '../support/bash.js';
import { fencedBlocks } from '../support/fenced-block.js';

const [script = '', ...others] = fencedBlocks('docs/guides/quick-start.md', 'bash');
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

let app: TestApp;
beforeAll(async () => {
  // A short window, so that the reader's eleven seconds are two here.
  app = await startTestApp({ config: { sessions: { replayWindowSeconds: 1 } } });
});
afterAll(async () => await app.close());

test('the quick start is one script', () => {
  expect(script).not.toBe('');
  expect(others).toEqual([]);
});

test('the script runs as written and prints what the guide says it prints', async () => {
  const { code, stdout, stderr } = await bash(script, {
    LATCHKEY_URL: app.url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    REPLAY_WAIT: '2',
  });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(anonymise(stdout)).toEqual([
    'validate: 200',
    'x-auth-subject: <id>',
    'x-auth-principal-type: user',
    'introspect (client_secret_basic): true',
    'introspect (client_secret_post): true',
    'introspect the new token: true',
    'the old refresh token: REFRESH_REUSED',
    'the new refresh token: SESSION_EXPIRED',
    'event: {"userId":"<id>","reason":"refresh_token_reused"}',
    'introspect: {"active":false}',
    'validate: 401',
  ]);
  const printed = fencedBlocks('docs/guides/quick-start.md', 'text').at(-1) ?? '';
  expect(printed.trimEnd().split('\n').map(anonymiseGuide)).toEqual(anonymise(stdout));
});

test('the script stops at the first promise that is not kept', async () => {
  const broken = script.replace('\'{"active":false}\'', '\'{"active":maybe}\'');
  expect(broken).not.toBe(script);
  const { code, stderr } = await bash(broken, {
    LATCHKEY_URL: app.url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    REPLAY_WAIT: '2',
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('expected: {"active":maybe}');
});

function anonymise(stdout: string): string[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => line.replace(ID, '<id>').replace(/person-\S+%40example\.com/, '<address>'));
}

function anonymiseGuide(line: string): string {
  return line.replace(/0198c0de-…/, '<id>').replace(/person-…%40example\.com/, '<address>');
}
