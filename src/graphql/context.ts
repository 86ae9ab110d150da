import type { Caller } from '../kernel/caller.js';
import { Loaders } from './loaders.js';

/** What every resolver is given: one per request, and one per operation of a socket. */
export interface GraphQLContext {
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly cookies: SessionCookies;
  readonly stepUp: StepUp;
  /** Authenticates the request's credential again; rejects with UNAUTHENTICATED when it no longer holds. */
  renew(): Promise<Caller>;
}

/** How a caller whose proof is too old can go on. */
export interface StepUp {
  /** What STEP_UP_REQUIRED tells of the ways to prove it again: those that would do for this caller. */
  methodsOf(caller: Caller): Promise<readonly object[]>;
  /** Uses the action token of the request up, if it is one for this action of the caller's; whether it was. */
  redeem(caller: Caller, action: string): Promise<boolean>;
}

/** Of requests that carry no action token, where nobody can step up. */
export const noStepUp: StepUp = { methodsOf: async () => [], redeem: async () => false };

/** A session as a browser keeps it in cookies, out of its page's reach. */
export interface CookieSession {
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

/** The cookies of the browser that asks. Over a websocket there is none to read and none can be set. */
export interface SessionCookies {
  /**
   * Throws CSRF_REFUSED unless a page that may use cookies asks, COOKIES_UNAVAILABLE over a websocket. Comes
   * before anything is judged or written whose outcome `set` hands out.
   */
  assertSettable(): void;
  /**
   * What the browser presents in the place of a credential: null when there is none of it, or a credential
   * beside it, which then counts alone. Throws CSRF_REFUSED when a page elsewhere made the browser do so.
   */
  presented(): { readonly refreshToken: string | null } | null;
  /** Hands the session to the browser. Gives the CSRF token for its page. */
  set(session: CookieSession): string;
  /** Makes the browser forget the session. */
  clear(): void;
  /** Whether there is a reply that a device cookie can be set on. */
  readonly canKeepDevice: boolean;
  /** Lets the browser be recognised as this device at later sign-ins. */
  keepDevice(deviceId: string): void;
}

/** A context with fresh loaders. */
export function createContext(
  caller: Caller,
  cookies: SessionCookies,
  renew: () => Promise<Caller>,
  stepUp: StepUp = noStepUp,
): GraphQLContext {
  return { caller, loaders: new Loaders(), cookies, renew, stepUp };
}
