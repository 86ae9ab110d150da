import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleRoutes } from '../../../src/http/console.route.js';
import { errorHandler } from '../../../src/http/error-handler.js';
import { consoleContentSecurityPolicy, securityHeaders } from '../../../src/http/security-headers.js';

let app: FastifyInstance;
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'console-'));
  await writeFile(join(parent, 'secret.txt'), 'secret');
});
afterEach(async () => {
  await app.close();
  await rm(parent, { recursive: true });
});

async function start(built: boolean): Promise<string> {
  const directory = join(parent, 'dist');
  if (built) {
    await mkdir(join(directory, 'assets'), { recursive: true });
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>Console</title>');
    await writeFile(join(directory, 'assets', 'main-abc123.js'), 'export {}');
    await writeFile(join(directory, '.env'), 'secret');
  }
  app = Fastify();
  await app.register(securityHeaders, { publicUrl: 'https://auth.test' });
  await app.register(errorHandler, { isUnavailable: () => false });
  await app.register(consoleRoutes, { directory });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** Sends the path as it is; fetch would resolve the dots away. */
function rawStatus(base: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    request({ hostname, port, path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end();
  });
}

describe('the console', () => {
  it('is a page that is never cached, under its own policy', async () => {
    const answer = await fetch(`${await start(true)}/console/`);
    expect(await answer.text()).toContain('Console');
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-security-policy')).toBe(consoleContentSecurityPolicy);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has assets that are cached for a year', async () => {
    const { headers } = await fetch(`${await start(true)}/console/assets/main-abc123.js`);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-type')).toMatch(/javascript/);
  });

  it('is reached without the slash', async () => {
    const answer = await fetch(`${await start(true)}/console?a=1`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/console/']);
  });

  it.each([
    '/console/../secret.txt',
    '/console/..%2fsecret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/.env',
  ])('shows nothing outside its directory: %s', async (path) => {
    expect(await rawStatus(await start(true), path)).toBeGreaterThanOrEqual(400);
  });

  it('answers a problem for a file it does not have', async () => {
    const answer = await fetch(`${await start(true)}/console/nothing.js`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['/console', '/console/', '/console/assets/a.js'])(
    'says when it was not built: %s',
    async (path) => {
      const answer = await fetch((await start(false)) + path);
      const problem = { code: 'CONSOLE_NOT_BUILT', title: expect.stringContaining('not built') };
      expect([answer.status, await answer.json()]).toMatchObject([404, problem]);
    },
  );
});
