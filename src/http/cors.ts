import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors';
import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { csrfHeader } from './csrf.js';
import { isAllowedOrigin, type OriginPolicy } from './origins.js';

/** Which sites may read answers from a browser. */
export interface CorsOptions extends OriginPolicy {
  readonly cors: OriginPolicy['cors'] & {
    readonly methods: readonly string[];
    readonly headers: readonly string[];
  };
}

/**
 * Answers CORS (Fetch §3.2) for listed origins only; every other origin gets no `Access-Control-*` header at
 * all. Each answer varies by Origin, so that no cache serves one site's permission to another.
 */
export const cors = fastifyPlugin(
  async (app: FastifyInstance, options: CorsOptions) => {
    const allowed = whatPagesMay(options);
    await app.register(fastifyCors, {
      // With a callback: a promise here would cost every request some turns of the event loop.
      delegator: ({ headers: { origin } }: FastifyRequest, done: Answer) => {
        if (isAllowedOrigin(origin, options)) {
          done(null, { ...allowed, origin, credentials: options.cors.credentials });
        } else if (origin !== undefined && options.cors.origins.includes('*')) {
          done(null, { ...allowed, origin: '*', credentials: false });
        } else {
          done(null, { origin: false });
        }
      },
    });
  },
  { name: 'cors' },
);

type Answer = (error: null, answer: FastifyCorsOptions) => void;

/** What an allowed page may send and read. Whoever may send cookies has to repeat the CSRF token. */
function whatPagesMay({ cors: { methods, headers, credentials } }: CorsOptions) {
  const lacksToken = credentials && !headers.some((name) => name.toLowerCase() === csrfHeader);
  return {
    methods: [...methods],
    allowedHeaders: [...headers, ...(lacksToken ? [csrfHeader] : [])],
    exposedHeaders: ['retry-after'],
    maxAge: 600,
  };
}
