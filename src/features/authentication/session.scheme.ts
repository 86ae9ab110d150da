import type { UserPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { AccessService } from '../access/access.service.js';
import type { LiveSession } from '../sessions/live-session.service.js';
import type { LiveSessionService } from '../sessions/live-session.service.js';
import { sessionErrors } from '../sessions/sessions.contract.js';
import type { UserClaims } from '../tokens/token.claims.js';
import { tokenErrors } from '../tokens/tokens.contract.js';

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
const BEARER_TOKEN = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** Says, inside the refusal of an expired token, which session it belonged to. */
export class LapsedSession extends Error {
  constructor(readonly sessionId: string) {
    super('The access token has expired.');
  }
}

interface Deps {
  readonly liveSessions: LiveSessionService;
  readonly access: AccessService;
  readonly clock: Clock;
  /** For so long after a proof its user counts as freshly authenticated. */
  readonly freshSeconds: number;
}

/** Who comes with the access token of a live session. */
export class SessionScheme {
  constructor(private readonly deps: Deps) {}

  /** The user, as they are at this moment. Throws TOKEN_EXPIRED or SESSION_EXPIRED. */
  async principalOf(claims: UserClaims, state: 'valid' | 'expired'): Promise<UserPrincipal> {
    const session = await this.sessionOf(claims, state);
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
      provedAt: session.lacksSecondFactor ? null : session.authTime,
      fresh: this.isFresh(session),
      expiresAt: claims.exp,
      ...grants,
    };
  }

  private async sessionOf({ sid, sub }: UserClaims, state: 'valid' | 'expired'): Promise<LiveSession> {
    if (state === 'expired') throw tokenErrors.TOKEN_EXPIRED({ cause: new LapsedSession(sid) });
    const session = await this.deps.liveSessions.find(sid);
    if (!session || session.userId !== sub) throw sessionErrors.SESSION_EXPIRED();
    return session;
  }

  /** Where the account has a second factor, the password alone is no proof of its owner. */
  private isFresh({ authTime, lacksSecondFactor }: LiveSession): boolean {
    if (lacksSecondFactor) return false;
    return this.deps.clock.now().getTime() / 1000 - authTime <= this.deps.freshSeconds;
  }
}

/** The token of a Bearer header, or null when it is no such header. */
export function bearerToken(authorization: string | null | undefined): string | null {
  return BEARER_TOKEN.exec(authorization ?? '')?.[1] ?? null;
}
