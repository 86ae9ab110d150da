import type { UserPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { AccessService } from '../access/access.service.js';
import type { LiveSession } from '../sessions/live-session.service.js';
import type { LiveSessionService } from '../sessions/live-session.service.js';
import { sessionErrors } from '../sessions/sessions.contract.js';
import { isOfUser, type UserClaims } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';
import { tokenErrors } from '../tokens/tokens.contract.js';
import type { Credentials, Scheme } from './scheme.js';

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^bearer(?: |$)/i;
const BEARER_TOKEN = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** Says, inside the refusal of an expired token, which session it belonged to. */
export class LapsedSession extends Error {
  constructor(readonly sessionId: string) {
    super('The access token has expired.');
  }
}

interface Deps {
  readonly tokens: TokenService;
  readonly liveSessions: LiveSessionService;
  readonly access: AccessService;
  /** The audience of this API: tokens for another are refused here. */
  readonly audience: string;
  readonly clock: Clock;
  /** For so long after a proof its user counts as freshly authenticated. */
  readonly freshSeconds: number;
}

/**
 * `Authorization: Bearer` with an access token of a live session, or the same token in the cookie of a browser.
 * That a browser sends a cookie says nothing of who made it do so: whoever lets it change anything has to ask.
 */
export class SessionScheme implements Scheme {
  constructor(private readonly deps: Deps) {}

  recognises({ authorization, apiKey, cookie }: Credentials): boolean {
    if (authorization !== null) return BEARER.test(authorization);
    return apiKey === null && cookie !== null;
  }

  /** Throws TOKEN_INVALID, TOKEN_EXPIRED or SESSION_EXPIRED. */
  async authenticate({ authorization, cookie }: Credentials): Promise<UserPrincipal> {
    const token = authorization === null ? cookie : bearerToken(authorization);
    if (token === null) throw tokenErrors.TOKEN_INVALID();
    const { claims, session } = await this.verify(token, this.deps.audience);
    const grants = await this.deps.access.grantsOf({ kind: 'user', id: session.userId });
    return {
      kind: 'user',
      id: session.userId,
      email: session.email,
      emailVerified: session.emailVerified,
      sessionId: claims.sid,
      authTime: Math.floor(session.authTime),
      amr: session.amr,
      acr: session.acr,
      fresh: this.isFresh(session),
      expiresAt: claims.exp,
      ...grants,
    };
  }

  /** Where the account has a second factor, the password alone is no proof of its owner. */
  private isFresh({ authTime, lacksSecondFactor }: LiveSession): boolean {
    if (lacksSecondFactor) return false;
    return this.deps.clock.now().getTime() / 1000 - authTime <= this.deps.freshSeconds;
  }

  /** The claims of a good token for `audience` and its live session. Throws as `authenticate` does. */
  async verify(token: string, audience: string): Promise<{ claims: UserClaims; session: LiveSession }> {
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state === 'invalid' || !isOfUser(read.claims) || read.claims.aud !== audience) {
      throw tokenErrors.TOKEN_INVALID();
    }
    if (read.state === 'expired') {
      throw tokenErrors.TOKEN_EXPIRED({ cause: new LapsedSession(read.claims.sid) });
    }
    const session = await this.deps.liveSessions.find(read.claims.sid);
    if (!session || session.userId !== read.claims.sub) throw sessionErrors.SESSION_EXPIRED();
    return { claims: read.claims, session };
  }
}

/** The token of a Bearer header, or null when it is no such header. */
export function bearerToken(authorization: string | null | undefined): string | null {
  return BEARER_TOKEN.exec(authorization ?? '')?.[1] ?? null;
}
