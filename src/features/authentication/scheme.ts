import type { Principal } from '../../kernel/caller.js';

/** What a request presents to say who it is, exactly as it arrived. */
export interface Credentials {
  /** The value of `Authorization`, or null when there is none. */
  readonly authorization: string | null;
  /** The value of `X-API-Key`, or null when there is none. */
  readonly apiKey: string | null;
  /** The access token in the cookie of a browser session; null when there is none, or anything beside it. */
  readonly cookie: string | null;
  /** The client's address behind the trusted proxies, or null where it is not known. */
  readonly ip: string | null;
}

/** One way of presenting a credential. */
export interface Scheme {
  /** Whether the request presents a credential of this kind, be it good or bad. */
  recognises(credentials: Credentials): boolean;
  /** Who presents it. Throws the reason why it is not accepted. */
  authenticate(credentials: Credentials): Promise<Principal>;
}
