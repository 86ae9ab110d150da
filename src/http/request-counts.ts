import type { FastifyInstance, onSendHookHandler, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { MetricDefinition, Metrics, Tallies } from '../platform/metrics.js';

const answers: MetricDefinition = {
  name: 'latchkey_http_answers_total',
  help: 'Answers by the address that was asked and the class of their status.',
  labels: ['route', 'status'],
};

/**
 * Counts the answers of the routes that are registered after it, under the pattern of the route and never the address
 * that was asked. It hangs on each route what that one needs, so that nothing is looked up while requests are answered.
 */
export const requestCounts = fastifyPlugin(
  async (app: FastifyInstance, { metrics }: { readonly metrics: Metrics }) => {
    const tallies = metrics.counter(answers);
    const hooks = new Map<string, onSendHookHandler>();
    const hookOf = (route: string) => {
      const hook = hooks.get(route) ?? counting(tallies, route);
      hooks.set(route, hook);
      return hook;
    };
    app.addHook('onRoute', (options: RouteOptions) => {
      const hook = hookOf(options.url);
      options.onSend = [...[options.onSend ?? []].flat(), hook];
    });
  },
  { name: 'request-counts' },
);

function counting(tallies: Tallies, route: string): onSendHookHandler {
  const byClass = ['1xx', '2xx', '3xx', '4xx', '5xx'].map((name) => tallies.of(route, name));
  return (_request, reply, _payload, done) => {
    const tally = byClass[Math.floor(reply.statusCode / 100) - 1];
    if (tally) tally.count += 1;
    done();
  };
}
