import type { AccessService } from '../access/access.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import type { TokenService } from '../tokens/token.service.js';

/** The client id of tokens that the product's own sign-in hands out (RFC 9068 §2.2 `client_id`). */
export const FIRST_PARTY_CLIENT_ID = 'first-party';

/** What an access token says of its session. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly userId: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string;
}

interface Deps {
  readonly access: AccessService;
  readonly audiences: AudienceService;
  readonly tokens: TokenService;
}

/** Mints the access tokens of a session, each for one registered audience. */
export class SessionTokenService {
  constructor(private readonly deps: Deps) {}

  /** Throws AUDIENCE_UNKNOWN; call it before anything is written. */
  async resolveAudience(audience: string | null): Promise<string> {
    return await this.deps.audiences.resolve(audience);
  }

  /** An access token for an audience that `resolveAudience` let through. */
  async mint(session: SessionFacts, audience: string): Promise<{ token: string; expiresAt: Date }> {
    const { roles, permissions } = await this.deps.access.grantsOf({ kind: 'user', id: session.userId });
    return await this.deps.tokens.mintAccessToken({
      sub: session.userId,
      aud: audience,
      client_id: FIRST_PARTY_CLIENT_ID,
      sid: session.sessionId,
      auth_time: Math.floor(session.authTime),
      amr: [...session.amr],
      acr: session.acr,
      scope: [...permissions].toSorted().join(' '),
      roles: [...roles],
    });
  }
}
