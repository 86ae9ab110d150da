import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allFeatures } from '../../src/app/features.js';
import { ADMIN } from '../support/app.js';
import { Client } from '../support/client.js';
import { fencedBlocks, repository } from '../support/fenced-block.js';

const GUIDE = 'docs/guides/embed.md';
const [application = '', trail = '', ...others] = fencedBlocks(GUIDE, 'ts');
const ENV = {
  NODE_ENV: 'test',
  PORT: '0',
  AUTH_DATA_DIR: 'memory://',
  AUTH_LOG_LEVEL: 'silent',
  AUTH_SYSTEM_ADMIN_EMAIL: ADMIN.email,
  AUTH_SYSTEM_ADMIN_PASSWORD: ADMIN.password,
};

// An application elsewhere, which has installed what it imports.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-embed-'));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const door = JSON.stringify(join(repository, 'src/index.js'));
  for (const [name, code] of Object.entries({ application, trail }))
    writeFileSync(join(folder, `${name}.ts`), code.replaceAll(`'latchkey'`, door));
});
afterAll(() => rmSync(folder, { recursive: true }));

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
});

test('the guide has two programs', () => {
  expect([application !== '', trail !== '', others]).toEqual([true, true, []]);
});

test('both programs compile as they stand', { timeout: 120_000 }, async () => {
  const config = {
    extends: join(repository, 'tsconfig.json'),
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { code, stdout } = await ended(node(['node_modules/typescript/bin/tsc', '-p', folder]));
  expect(stdout).toBe('');
  expect(code).toBe(0);
});

test('the application serves its own routes beside ours, behind the same sign-in, and ends by itself when it is told to', {
  timeout: 90_000,
}, async () => {
  const running = program('application');
  const client = new Client(await addressOf(running));
  expect((await client.fetch('/orders', { method: 'POST' })).status).toBe(401);
  const forged = { authorization: 'Bearer not.a.token' };
  expect((await client.fetch('/orders', { method: 'POST', headers: forged })).status).toBe(401);

  await client.login(ADMIN);
  const placed = await client.fetch('/orders', { method: 'POST' });
  expect(placed.status).toBe(200);
  const { id } = (await placed.json()) as { id: string };
  const answer = await client.send(
    `{ auditEvents(filter: { name: "order.placed" }) { edges { node { actorId subjectType subjectId payload } } }
       verifyAuditChain { valid } }`,
  );
  expect(answer.data).toEqual({
    auditEvents: {
      edges: [
        { node: { actorId: client.userId, subjectType: 'order', subjectId: id, payload: { total: 1_200 } } },
      ],
    },
    verifyAuditChain: { valid: true },
  });

  const first = await client.fetch('/theme');
  const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const themeWith = async (value: string) =>
    await (await client.fetch('/theme', { headers: { cookie: value } })).json();
  expect(await first.json()).toEqual({ theme: 'light' });
  expect(await themeWith(cookie)).toEqual({ theme: 'dark' });
  expect(await themeWith(`${cookie}x`)).toEqual({ theme: 'light' });

  running.kill('SIGTERM');
  expect((await ended(running)).code).toBe(0);
});

test('the trail alone records, verifies and ends', { timeout: 90_000 }, async () => {
  const { code, stdout } = await ended(program('trail'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    valid: true,
    checked: expect.any(Number),
    kept: expect.stringMatching(/^\d+:[0-9a-f]{64}$/),
  });
});

test('the table of features is that of the code', () => {
  const rows = readFileSync(join(repository, GUIDE), 'utf8').split('| feature | needs |\n')[1] ?? '';
  const listed = [...rows.matchAll(/^\| `([a-z-]+)` \|(.*)\|$/gm)].map(([, name, needs = '']) => [
    name,
    [...needs.matchAll(/`([a-z-]+)`/g)].map(([, need]) => need),
  ]);
  expect(listed).toEqual(allFeatures.map(({ name, needs }) => [name, needs]));
});

function program(name: string): ChildProcess {
  return node(['--import', 'tsx', join(folder, `${name}.ts`)]);
}

function node(args: string[]): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: repository,
    env: ENV,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function ended(running: ChildProcess): Promise<{ code: number | null; stdout: string }> {
  let stdout = '';
  running.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => running.once('close', resolve));
  return { code, stdout };
}

async function addressOf(running: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let stdout = '';
    running.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const address = /Listening at (http\S+)/.exec(stdout)?.[1];
      if (address) resolve(address);
    });
    running.once('close', (code) => reject(new Error(`It ended with ${code} before it listened.`)));
  });
}
