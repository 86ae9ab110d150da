import { createHmac } from 'node:crypto';
import type { Secret } from '../kernel/secret.js';
import { equalConstantTime } from '../platform/crypto/fingerprint.js';
import { randomToken } from '../platform/crypto/random.js';
import type { Cookies } from './cookies.js';
import { httpErrors } from './http-errors.js';
import { isFromCookiePage, type OriginPolicy, type SentRequest } from './origins.js';

/** The header in which a page repeats the value of the CSRF cookie. */
export const csrfHeader = 'x-csrf-token';

interface Deps {
  readonly cookies: Cookies;
  readonly origins: OriginPolicy;
  /** The current secret signs, the old ones are accepted as well. */
  readonly secrets: { readonly secret: Secret; readonly oldSecrets: readonly Secret[] };
}

/**
 * Guards requests that a cookie authenticated: two independent proofs that one of our own pages sent them
 * (ASVS 3.5.1). Requests with an Authorization header need neither: a browser never adds one by itself.
 */
export class CsrfGuard {
  constructor(private readonly deps: Deps) {}

  /**
   * A token for the CSRF cookie that only this session can use: the one the browser holds while that is good, so
   * that refreshing in one tab does not disturb another.
   */
  issue(request: SentRequest, sessionId: string): string {
    const held = this.deps.cookies.read(request.headers.cookie, 'csrf');
    const { secret } = this.deps.secrets;
    if (held !== null && isIssued(held, sessionId, secret)) return held;
    const nonce = randomToken(16);
    return `${nonce}.${mac(secret, sessionId, nonce)}`;
  }

  /**
   * Whether a page that may use cookies sent the request, and repeats in its header the token of the cookie,
   * issued to this session under the current secret or an old one.
   */
  isGenuine(request: SentRequest, sessionId: string): boolean {
    return this.isFromOurPage(request) && this.#repeatsToken(request, sessionId);
  }

  /** Whether a page that may use cookies sent the request; enough where there is no session yet (login CSRF). */
  isFromOurPage(request: SentRequest): boolean {
    return isFromCookiePage(request, this.deps.origins);
  }

  /** Throws CSRF_REFUSED unless a page that may use cookies sent the request. */
  assertFromOurPage(request: SentRequest): void {
    if (!this.isFromOurPage(request)) throw httpErrors.CSRF_REFUSED();
  }

  // Old secrets count, so that rotating the secret does not sign every open page out.
  #repeatsToken({ headers }: SentRequest, sessionId: string): boolean {
    const header = headers[csrfHeader];
    const cookie = this.deps.cookies.read(headers.cookie, 'csrf');
    if (typeof header !== 'string' || cookie === null || !equal(header, cookie)) return false;
    const { secret, oldSecrets } = this.deps.secrets;
    return [secret, ...oldSecrets].some((key) => isIssued(header, sessionId, key));
  }
}

function isIssued(token: string, sessionId: string, secret: Secret): boolean {
  const [nonce, signature, ...rest] = token.split('.');
  if (!nonce || !signature || rest.length > 0) return false;
  return equal(signature, mac(secret, sessionId, nonce));
}

// The purpose comes first: no other MAC under the same secret is ever a CSRF token.
function mac(secret: Secret, sessionId: string, nonce: string): string {
  const text = JSON.stringify(['latchkey csrf 1', sessionId, nonce]);
  return createHmac('sha256', secret.reveal()).update(text).digest('base64url');
}

function equal(left: string, right: string): boolean {
  return equalConstantTime(Buffer.from(left), Buffer.from(right));
}
