import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../kernel/clock.js';
import { type Cookies, presentsCredential, sessionCookieRoles } from './cookies.js';
import type { CsrfGuard } from './csrf.js';
import type { DeviceCookie } from './device-cookie.js';
import { httpErrors } from './http-errors.js';

/** A session as a browser keeps it for its page. */
export interface BrowserSession {
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

interface Deps {
  readonly cookies: Cookies;
  readonly csrf: CsrfGuard;
  readonly device: DeviceCookie;
  readonly clock: Clock;
}

/** The cookies of the browser that sent one request, read from it and set on its reply. */
export class BrowserCookies {
  readonly canKeepDevice = true;

  constructor(
    private readonly deps: Deps,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** Throws CSRF_REFUSED unless a page that may use cookies sent the request. */
  assertSettable(): void {
    this.deps.csrf.assertFromOurPage(this.request);
  }

  /**
   * What the browser presents, or null when it presents none of a session, or another credential beside them.
   * Throws CSRF_REFUSED when some other page made it do so. The CSRF token is not asked for: a page that has
   * lost it gets a new one by refreshing, and everybody can always sign out.
   */
  presented(): { readonly refreshToken: string | null } | null {
    const { headers } = this.request;
    if (presentsCredential(headers)) return null;
    const { cookies } = this.deps;
    if (sessionCookieRoles.every((role) => cookies.read(headers.cookie, role) === null)) return null;
    this.assertSettable();
    return { refreshToken: cookies.read(headers.cookie, 'refresh') };
  }

  /** Hands the tokens to the browser, each for as long as it is good; the CSRF token for the page. */
  set(session: BrowserSession): string {
    const { cookies, csrf } = this.deps;
    const csrfToken = csrf.issue(this.request, session.sessionId);
    const rest = this.secondsUntil(session.refreshTokenExpiresAt);
    const { reply } = this;
    cookies.set(reply, 'access', session.accessToken, this.secondsUntil(session.accessTokenExpiresAt));
    cookies.set(reply, 'refresh', session.refreshToken, rest);
    cookies.set(reply, 'csrf', csrfToken, rest);
    return csrfToken;
  }

  /** Makes the browser forget the session; the device it remains. */
  clear(): void {
    for (const role of sessionCookieRoles) this.deps.cookies.clear(this.reply, role);
  }

  /** Lets the browser be recognised at its next sign-in. */
  keepDevice(deviceId: string): void {
    this.deps.device.set(this.reply, deviceId);
  }

  private secondsUntil(moment: Date): number {
    return (moment.getTime() - this.deps.clock.now().getTime()) / 1000;
  }
}

/** Where no cookie can be set, over a websocket: whoever asks for one is refused. */
export const noCookies = {
  assertSettable: () => {
    throw httpErrors.COOKIES_UNAVAILABLE();
  },
  presented: () => null,
  set: () => {
    throw httpErrors.COOKIES_UNAVAILABLE();
  },
  clear: () => {},
  canKeepDevice: false,
  keepDevice: () => {},
} as const;
