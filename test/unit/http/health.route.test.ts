import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { healthRoutes, type ReadinessCheck } from '../../../src/http/health.route.js';

async function ask(path: string, checks: Record<string, ReadinessCheck>) {
  const app = Fastify();
  await app.register(healthRoutes, { checks, timeoutMs: 50 });
  const answer = await app.inject({ url: path });
  await app.close();
  return { status: answer.statusCode, body: answer.json() };
}

it('is alive whatever its dependencies do', async () => {
  const answer = await ask('/health/live', { database: async () => false });
  expect(answer).toEqual({ status: 200, body: { status: 'ok' } });
});

it('is ready when every check passes', async () => {
  const answer = await ask('/health/ready', { database: async () => true, keys: async () => true });
  expect(answer).toEqual({ status: 200, body: { status: 'ok' } });
});

it('names the checks that say no, throw or hang, and nothing more', async () => {
  const answer = await ask('/health/ready', {
    database: async () => {
      throw new Error('10.0.0.5 refused');
    },
    keys: async () => false,
    mail: () => new Promise(() => undefined),
    scheduler: async () => true,
  });
  expect(answer).toEqual({
    status: 503,
    body: { status: 'unavailable', failed: ['database', 'keys', 'mail'] },
  });
});
