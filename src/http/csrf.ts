import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Secret } from '../kernel/secret.js';
import { cookieNames, readCookie } from './cookies.js';
import { isAllowedOrigin, type OriginPolicy } from './cors.js';
import { httpErrors } from './http-errors.js';

/** The header in which a page repeats the value of the CSRF cookie. */
export const csrfHeader = 'x-csrf-token';

export interface CsrfOptions extends OriginPolicy {
  readonly cookies: { readonly secret: Secret; readonly oldSecrets: readonly Secret[] };
}

/**
 * Guards requests that a cookie authenticated: two independent proofs that one of our own pages sent them
 * (ASVS 3.5.1). Requests with an Authorization header need neither: a browser never adds one by itself.
 */
export class CsrfGuard {
  readonly #options: CsrfOptions;

  constructor(options: CsrfOptions) {
    this.#options = options;
  }

  /** A token for the CSRF cookie that only this session can use. */
  issue(sessionId: string): string {
    const nonce = randomBytes(16).toString('base64url');
    return `${nonce}.${mac(this.#options.cookies.secret, sessionId, nonce)}`;
  }

  /**
   * Throws CSRF_REFUSED unless the request comes from an allowed origin and repeats in its header the token
   * that was issued to this session. Safe methods (RFC 9110 §9.2.1) pass: they change nothing.
   */
  assertGenuine(request: FastifyRequest, sessionId: string): void {
    if (safeMethods.has(request.method)) return;
    this.assertOrigin(request);
    const header = request.headers[csrfHeader];
    const cookie = readCookie(request, cookieNames.csrf);
    if (typeof header !== 'string' || cookie === null || !equal(header, cookie))
      throw httpErrors.CSRF_REFUSED();
    if (!this.#isIssued(header, sessionId)) throw httpErrors.CSRF_REFUSED();
  }

  /**
   * Throws CSRF_REFUSED unless a page of an allowed origin sent the request; enough where there is no session
   * yet (login CSRF). Every browser sends Origin or Sec-Fetch-Site with a POST, so silence is a refusal.
   */
  assertOrigin({ headers }: Pick<FastifyRequest, 'headers'>): void {
    const { origin } = headers;
    const allowed =
      origin === undefined
        ? headers['sec-fetch-site'] === 'same-origin'
        : isAllowedOrigin(origin, this.#options);
    if (!allowed) throw httpErrors.CSRF_REFUSED();
  }

  // Old secrets count, so that rotating the secret does not sign every open page out.
  #isIssued(token: string, sessionId: string): boolean {
    const [nonce, signature, ...rest] = token.split('.');
    if (!nonce || !signature || rest.length > 0) return false;
    const { secret, oldSecrets } = this.#options.cookies;
    return [secret, ...oldSecrets].some((key) => equal(signature, mac(key, sessionId, nonce)));
  }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

// The purpose comes first: no other MAC under the same secret is ever a CSRF token.
function mac(secret: Secret, sessionId: string, nonce: string): string {
  const text = JSON.stringify(['latchkey csrf 1', sessionId, nonce]);
  return createHmac('sha256', secret.reveal()).update(text).digest('base64url');
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
