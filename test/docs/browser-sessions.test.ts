import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { bash } from '../support/bash.js';
import { fencedBlocks } from '../support/fenced-block.js';

const GUIDE = 'docs/guides/browser-sessions.md';
const [script = '', ...others] = fencedBlocks(GUIDE, 'bash');

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const run = async (text: string) =>
  await bash(text, { LATCHKEY_URL: app.url, ACCOUNT_EMAIL: ADMIN.email, ACCOUNT_PASSWORD: ADMIN.password });

test('the guide is one script, which runs as written and prints what the guide says it prints', async () => {
  expect(others).toEqual([]);
  const { code, stdout, stderr } = await run(script);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toBe(fencedBlocks(GUIDE, 'text').at(-1));
});

test('the script stops at the first promise that is not kept', async () => {
  const broken = script.replace('pick .data.viewer.kind)" user', 'pick .data.viewer.kind)" nobody');
  expect(broken).not.toBe(script);
  const { code, stderr } = await run(broken);
  expect([code === 0, stderr]).toEqual([false, 'expected: nobody\n']);
});
