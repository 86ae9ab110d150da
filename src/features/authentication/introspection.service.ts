import type { ApiKeyPrincipal, ServiceAccountPrincipal } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import type { AccessService, Grants } from '../access/access.service.js';
import { API_KEY_PREFIX } from '../api-keys/api-keys.contract.js';
import type { LiveApiKeyService } from '../api-keys/live-api-key.service.js';
import type { LiveSession, LiveSessionService } from '../sessions/live-session.service.js';
import { isOfUser, type UserClaims } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';

/** Nothing else is ever said of a token that is not active, or not the asker's business (RFC 7662 §2.2). */
export interface Inactive {
  readonly active: false;
}

/** The facts of an active token: the members of RFC 7662 §2.2, and what decisions need. */
export interface Active {
  readonly active: true;
  readonly token_type: 'Bearer';
  readonly principal_type: 'user';
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly sid: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly scope: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The facts of an API key that works; `sub` is its owner. */
export interface ActiveKey {
  readonly active: true;
  readonly token_type: 'Bearer';
  readonly principal_type: 'api_key';
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly key_id: string;
  /** Absent for one that does not expire. */
  readonly exp?: number;
  readonly scope: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

const INACTIVE: Inactive = { active: false };

interface Deps {
  readonly tokens: TokenService;
  readonly liveSessions: LiveSessionService;
  readonly access: AccessService;
  readonly liveApiKeys: LiveApiKeyService;
  readonly issuer: string;
  readonly ownAudience: string;
}

/** An answer, and what it was made of: it holds as long as these very objects are the ones in memory. */
interface Answered {
  readonly session: LiveSession;
  readonly grants: Grants;
  readonly answer: Active;
}

/** Answers whether a token is active, to service accounts that own its audience. */
export class IntrospectionService {
  private readonly answered = new WeakMap<UserClaims, Answered>();

  constructor(private readonly deps: Deps) {}

  /**
   * Roles and permissions are those of this moment, not those the token was minted with. Asked again while
   * nothing has changed, it gives the same object.
   */
  async introspect(asker: ServiceAccountPrincipal, token: string): Promise<Active | ActiveKey | Inactive> {
    if (token.startsWith(API_KEY_PREFIX)) return await this.introspectKey(asker, token);
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state !== 'valid' || !asker.audiences.includes(read.claims.aud)) return INACTIVE;
    const { claims } = read;
    if (!isOfUser(claims)) return INACTIVE;
    const session = await this.deps.liveSessions.find(claims.sid);
    if (!session || session.userId !== claims.sub) return INACTIVE;
    const grants = await this.deps.access.grantsOf({ kind: 'user', id: session.userId });
    const known = this.answered.get(claims);
    if (known?.session === session && known.grants === grants) return known.answer;
    const answer = activeAnswer(claims, session, grants);
    this.answered.set(claims, { session, grants, answer });
    return answer;
  }

  /** A key is made for no audience but that of this API: whoever owns it may see the key. */
  private async introspectKey(asker: ServiceAccountPrincipal, token: string): Promise<ActiveKey | Inactive> {
    const { liveApiKeys, issuer, ownAudience: aud } = this.deps;
    if (!asker.audiences.includes(aud)) return INACTIVE;
    try {
      return { ...activeKey(await liveApiKeys.authenticate(token, null)), iss: issuer, aud };
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) return INACTIVE;
      throw error;
    }
  }
}

function activeKey(key: ApiKeyPrincipal): Omit<ActiveKey, 'iss' | 'aud'> {
  const permissions = [...key.permissions];
  return {
    active: true,
    token_type: 'Bearer',
    principal_type: 'api_key',
    sub: key.owner.id,
    key_id: key.id,
    ...(key.expiresAt === null ? {} : { exp: key.expiresAt }),
    scope: permissions.join(' '),
    roles: key.roles,
    permissions,
  };
}

function activeAnswer(claims: UserClaims, session: LiveSession, { roles, permissions }: Grants): Active {
  return {
    active: true,
    token_type: 'Bearer',
    principal_type: 'user',
    ...claims,
    auth_time: Math.floor(session.authTime),
    amr: session.amr,
    acr: session.acr,
    scope: [...permissions].join(' '),
    roles,
    permissions: [...permissions],
  };
}
