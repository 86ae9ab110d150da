import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors';
import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Which sites may read answers from a browser. */
export interface CorsSettings {
  /** Exact origins; `*` lets every site read what anybody may read, without credentials. */
  readonly origins: readonly string[];
  /** Regular expressions that must match a whole origin. */
  readonly originPatterns: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  /** Whether listed origins may send cookies. */
  readonly credentials: boolean;
}

/** What decides whether an origin is one of ours. */
export interface OriginPolicy {
  readonly cors: Pick<CorsSettings, 'origins' | 'originPatterns'>;
  /** The server's own origin, always allowed. */
  readonly publicUrl: string;
}

export interface CorsOptions extends OriginPolicy {
  readonly cors: CorsSettings;
}

/**
 * Answers CORS (Fetch §3.2) for listed origins only; every other origin gets no `Access-Control-*` header at
 * all. Each answer varies by Origin, so that no cache serves one site's permission to another.
 */
export const cors = fastifyPlugin(
  async (app: FastifyInstance, options: CorsOptions) => {
    await app.register(fastifyCors, {
      // With a callback: a promise here would cost every request some turns of the event loop.
      delegator: (request: FastifyRequest, done: (error: null, answer: FastifyCorsOptions) => void) =>
        done(null, answerTo(request.headers.origin, options)),
    });
  },
  { name: 'cors' },
);

/**
 * Whether a browser on `origin` acts for one of our sites: the server's own origin or a listed one. `null`,
 * missing and malformed origins are nobody's; `*` in the list does not make every site ours. Also the rule
 * for websocket handshakes and for requests that carry cookies.
 */
export function isAllowedOrigin(origin: string | undefined, policy: OriginPolicy): boolean {
  if (origin === undefined || !isSerialisedOrigin(origin)) return false;
  const { origins, originPatterns } = policy.cors;
  if (origin === new URL(policy.publicUrl).origin || origins.includes(origin)) return true;
  return originPatterns.some((pattern) => new RegExp(`^(?:${pattern})$`, 'u').test(origin));
}

/**
 * Whether `origin` is the very server that was asked, under a name that only ever means this machine: the page
 * was served from here, whatever the public URL is. Other names are not compared with Host, because anybody's
 * name can be pointed here (DNS rebinding).
 */
export function isLoopbackSelf(origin: string, host: string | undefined): boolean {
  if (!isSerialisedOrigin(origin)) return false;
  const { host: own, hostname } = new URL(origin);
  return own === host && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function answerTo(origin: string | undefined, options: CorsOptions) {
  const { methods, headers, credentials, origins } = options.cors;
  const allowed = { methods: [...methods], allowedHeaders: [...headers], exposedHeaders, maxAge: 600 };
  if (isAllowedOrigin(origin, options)) return { ...allowed, origin, credentials };
  if (origin !== undefined && origins.includes('*')) return { ...allowed, origin: '*', credentials: false };
  return { origin: false };
}

/** What a script needs besides the body: when to come back. */
const exposedHeaders = ['retry-after'];

// Patterns are written for origins; whatever else a client puts into the header must not reach them.
function isSerialisedOrigin(origin: string): boolean {
  return origin.length <= 300 && URL.canParse(origin) && new URL(origin).origin === origin;
}
