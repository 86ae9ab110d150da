import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Says whether one thing that requests depend on works; may throw, may hang. */
export type ReadinessCheck = () => Promise<boolean>;

export interface HealthOptions {
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Milliseconds after which a check counts as failed; 2,000 unless given. */
  readonly timeoutMs?: number;
}

/**
 * `GET /health/live` is 200 as long as the process answers at all; `GET /health/ready` is 200 when every
 * check passes, else 503 with the names of those that failed, and nothing about why.
 */
export async function healthRoutes(app: FastifyInstance, options: HealthOptions): Promise<void> {
  const { checks, timeoutMs = 2000 } = options;
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (request, reply) => {
    const verdicts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        const passed = await passes(check, timeoutMs).catch((err: unknown) => {
          request.log.warn({ err, check: name, requestId: request.id }, 'readiness check failed');
          return false;
        });
        return { name, passed };
      }),
    );
    const failed = verdicts.filter(({ passed }) => !passed).map(({ name }) => name);
    if (failed.length === 0) return { status: 'ok' };
    return reply.code(503).send({ status: 'unavailable', failed });
  });
}

async function passes(check: ReadinessCheck, timeoutMs: number): Promise<boolean> {
  const timeout = new AbortController();
  const late = setTimeout(timeoutMs, false, { signal: timeout.signal }).catch(() => false);
  try {
    return await Promise.race([check(), late]);
  } finally {
    timeout.abort();
  }
}
