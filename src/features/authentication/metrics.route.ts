import type { FastifyInstance } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';
import { hasPermission } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import type { Metrics } from '../../platform/metrics.js';
import type { Authenticator } from './authenticator.js';

interface Services {
  readonly authenticator: Authenticator;
  readonly clientAddress: ClientAddress;
  readonly metrics: Metrics;
}

/**
 * `GET /metrics`: the counters of this process in Prometheus' text format, for holders of `metrics:read` who come with a
 * credential in a header. A cookie does not count: nobody reads this in passing.
 */
export const metricsRoute =
  ({ authenticator, clientAddress, metrics }: Services) =>
  (server: FastifyInstance) => {
    server.get('/metrics', async ({ headers, raw }, reply) => {
      const { authorization = null, 'x-api-key': apiKey } = headers;
      const presented = { authorization, apiKey: [apiKey].flat()[0] ?? null };
      const principal = await authenticator.authenticate({
        ...presented,
        cookie: null,
        ip: clientAddress(raw),
      });
      if (principal.kind === 'anonymous') throw errors.UNAUTHENTICATED();
      if (!hasPermission(principal, 'metrics:read')) throw errors.FORBIDDEN();
      return reply.type(metrics.contentType).send(await metrics.render());
    });
  };
