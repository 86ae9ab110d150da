import type { ServiceAccountPrincipal, UserPrincipal } from '../../kernel/caller.js';
import { isOfUser } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';
import { tokenErrors } from '../tokens/tokens.contract.js';
import type { MachineScheme } from './machine.scheme.js';
import type { Credentials, Scheme } from './scheme.js';
import { bearerToken, type SessionScheme } from './session.scheme.js';

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer(?: |$)/i;

interface Deps {
  readonly tokens: TokenService;
  readonly sessionScheme: SessionScheme;
  readonly machineScheme: MachineScheme;
  /** The audience of this API: tokens for another are refused here. */
  readonly audience: string;
}

/**
 * `Authorization: Bearer` with an access token, of a user or of a machine; or a user's in the cookie of a browser. That a
 * browser sends a cookie says nothing of who made it do so: whoever lets it change anything has to ask.
 */
export class AccessTokenScheme implements Scheme {
  constructor(private readonly deps: Deps) {}

  recognises({ authorization, apiKey, cookie }: Credentials): boolean {
    if (authorization !== null) return BEARER.test(authorization);
    return apiKey === null && cookie !== null;
  }

  /** Throws TOKEN_INVALID, TOKEN_EXPIRED or SESSION_EXPIRED. */
  async authenticate({
    authorization,
    cookie,
  }: Credentials): Promise<UserPrincipal | ServiceAccountPrincipal> {
    const token = authorization === null ? cookie : bearerToken(authorization);
    if (token === null) throw tokenErrors.TOKEN_INVALID();
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state === 'invalid' || read.claims.aud !== this.deps.audience) throw tokenErrors.TOKEN_INVALID();
    const { claims, state } = read;
    if (isOfUser(claims)) return await this.deps.sessionScheme.principalOf(claims, state);
    // What guards cookies against other sites is bound to a session: a machine has none.
    if (authorization === null) throw tokenErrors.TOKEN_INVALID();
    return await this.deps.machineScheme.principalOf(claims, state);
  }
}
