import type { IncomingHttpHeaders } from 'node:http';

/** What decides whether an origin is one of ours. */
export interface OriginPolicy {
  readonly cors: {
    /** Exact origins; `*` stands for every site, and makes none of them ours. */
    readonly origins: readonly string[];
    /** Regular expressions that must match a whole origin. */
    readonly originPatterns: readonly string[];
    /** Whether listed origins may send cookies. */
    readonly credentials: boolean;
  };
  /** The server's own origin, always allowed. */
  readonly publicUrl: string;
}

/** The part of a request (Fastify's or Node's own) that tells which page sent it. */
export interface SentRequest {
  readonly headers: IncomingHttpHeaders;
}

/**
 * Whether a browser on `origin` acts for one of our sites: the server's own origin or a listed one. `null`,
 * missing and malformed origins are nobody's; `*` in the list does not make every site ours. Also the rule
 * for websocket handshakes.
 */
export function isAllowedOrigin(origin: string | undefined, policy: OriginPolicy): boolean {
  if (origin === undefined || !isSerialisedOrigin(origin)) return false;
  const { origins, originPatterns } = policy.cors;
  if (isOwn(origin, policy) || origins.includes(origin)) return true;
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

/**
 * Whether a page that may use our cookies sent the request: one of the server's own, or of a listed origin where
 * those may send credentials. Every browser sends Origin with a POST and with a websocket handshake; without it
 * only the browser's own word counts that the page is ours.
 */
export function isFromCookiePage({ headers }: SentRequest, policy: OriginPolicy): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  if (isOwn(origin, policy) || isLoopbackSelf(origin, host)) return true;
  return policy.cors.credentials && isAllowedOrigin(origin, policy);
}

function isOwn(origin: string, { publicUrl }: OriginPolicy): boolean {
  return origin === new URL(publicUrl).origin;
}

// Patterns are written for origins; whatever else a client puts into the header must not reach them.
function isSerialisedOrigin(origin: string): boolean {
  return origin.length <= 300 && URL.canParse(origin) && new URL(origin).origin === origin;
}
