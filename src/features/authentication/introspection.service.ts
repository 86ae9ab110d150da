import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import type { AccessService, Grants } from '../access/access.service.js';
import { API_KEY_PREFIX } from '../api-keys/api-keys.contract.js';
import type { LiveApiKeyService } from '../api-keys/live-api-key.service.js';
import type {
  LiveMachineToken,
  LiveMachineTokenService,
} from '../service-accounts/live-machine-token.service.js';
import type { LiveSession, LiveSessionService } from '../sessions/live-session.service.js';
import { isOfUser, type MachineClaims, type UserClaims } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';
import type { Asker } from './asker.service.js';

/** Nothing else is ever said of a token that is not active, or not the asker's business (RFC 7662 §2.2). */
export interface Inactive {
  readonly active: false;
}

/** What every active token has: the members of RFC 7662 §2.2, and what decisions need. */
interface Active {
  readonly active: true;
  readonly token_type: 'Bearer';
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  /** The permissions that it is good for at this moment. */
  readonly scope: string;
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
}

/** The facts of a user's access token. */
export interface ActiveUserToken extends Active, Omit<UserClaims, keyof Active> {
  readonly principal_type: 'user';
}

/** The facts of a service account's access token. */
export interface ActiveMachineToken extends Active, Omit<MachineClaims, keyof Active> {
  readonly principal_type: 'service_account';
}

/** The facts of an API key that works; `sub` is its owner. */
export interface ActiveKey extends Active {
  readonly principal_type: 'api_key';
  readonly owner_type: 'user' | 'service_account';
  readonly key_id: string;
  /** Absent for one that does not expire. */
  readonly exp?: number;
}

export type Introspection = ActiveUserToken | ActiveMachineToken | ActiveKey | Inactive;

const INACTIVE: Inactive = { active: false };

interface Deps {
  readonly tokens: TokenService;
  readonly liveSessions: LiveSessionService;
  readonly liveMachineTokens: LiveMachineTokenService;
  readonly access: AccessService;
  readonly liveApiKeys: LiveApiKeyService;
  readonly issuer: string;
  readonly ownAudience: string;
}

/** An answer, and what it was made of: it holds as long as these very objects are the ones in memory. */
interface Answered {
  readonly of: LiveSession | LiveMachineToken;
  readonly grants: Grants;
  readonly answer: Introspection;
}

/** Answers whether a token is active, to service accounts that own its audience. */
export class IntrospectionService {
  private readonly answered = new WeakMap<UserClaims | MachineClaims, Answered>();
  private readonly answeredKeys = new WeakMap<ApiKeyPrincipal, ActiveKey>();

  constructor(private readonly deps: Deps) {}

  /** Whether it has the shape of an API key. */
  isKey(token: string): boolean {
    return token.startsWith(API_KEY_PREFIX);
  }

  /**
   * Roles and permissions are those of this moment, not those the token was minted with. Asked again while nothing has
   * changed, it gives the same object. `clientIp` is where an API key was used, or null where the asker does not say.
   */
  async introspect(asker: Asker, token: string, clientIp: string | null): Promise<Introspection> {
    if (this.isKey(token)) return await this.introspectKey(asker, token, clientIp);
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state !== 'valid' || !asker.audiences.includes(read.claims.aud)) return INACTIVE;
    const { claims } = read;
    return isOfUser(claims) ? await this.ofUser(claims) : await this.ofMachine(claims);
  }

  /**
   * The answer to a question that was answered before, as long as the token is good, its session lives and the rights are
   * the same; undefined where `introspect` has to be asked. It waits for nothing.
   */
  recall(asker: Asker, token: string): Introspection | undefined {
    if (this.isKey(token)) return this.recallKey(asker, token);
    const read = this.deps.tokens.recallAccessToken(token);
    if (read?.state !== 'valid' || !asker.audiences.includes(read.claims.aud)) return undefined;
    const { claims } = read;
    const known = this.answered.get(claims);
    if (!known || known.grants !== this.deps.access.recallGrantsOf(claims.sub)) return undefined;
    const { liveSessions, liveMachineTokens } = this.deps;
    const of = isOfUser(claims) ? liveSessions.recall(claims.sid) : liveMachineTokens.recall(claims);
    return known.of === of ? known.answer : undefined;
  }

  private recallKey(asker: Asker, token: string): Introspection | undefined {
    if (!asker.audiences.includes(this.deps.ownAudience)) return undefined;
    const accepted = this.deps.liveApiKeys.recall(token, null);
    return accepted && this.answeredKeys.get(accepted.principal);
  }

  private async ofUser(claims: UserClaims): Promise<Introspection> {
    const session = await this.deps.liveSessions.find(claims.sid);
    if (!session || session.userId !== claims.sub) return INACTIVE;
    const grants = await this.deps.access.grantsOf({ kind: 'user', id: session.userId });
    const known = this.answered.get(claims);
    if (known?.of === session && known.grants === grants) return known.answer;
    const answer = activeUserToken(claims, session, grants);
    this.answered.set(claims, { of: session, grants, answer });
    return answer;
  }

  private async ofMachine(claims: MachineClaims): Promise<Introspection> {
    const token = await this.deps.liveMachineTokens.find(claims);
    if (!token) return INACTIVE;
    const grants = await this.deps.access.grantsOf({ kind: 'service_account', id: token.serviceAccountId });
    const known = this.answered.get(claims);
    if (known?.of === token && known.grants === grants) return known.answer;
    const answer = activeMachineToken(claims, token, this.deps.access.partOf(grants, token.scopes));
    this.answered.set(claims, { of: token, grants, answer });
    return answer;
  }

  /** A key is made for no audience but that of this API: whoever owns it may see the key. */
  private async introspectKey(asker: Asker, token: string, clientIp: string | null): Promise<Introspection> {
    const { liveApiKeys, issuer, ownAudience } = this.deps;
    if (!asker.audiences.includes(ownAudience)) return INACTIVE;
    const examined = await liveApiKeys.examine(token, clientIp);
    if ('refused' in examined) return INACTIVE;
    const { principal } = examined;
    const known = this.answeredKeys.get(principal);
    if (known) return known;
    const answer = activeKey(principal, issuer, ownAudience);
    this.answeredKeys.set(principal, answer);
    return answer;
  }
}

function activeUserToken(
  claims: UserClaims,
  session: LiveSession,
  { roles, permissions }: Grants,
): ActiveUserToken {
  return {
    active: true,
    token_type: 'Bearer',
    principal_type: 'user',
    ...claims,
    auth_time: Math.floor(session.authTime),
    amr: [...session.amr],
    acr: session.acr,
    scope: [...permissions].join(' '),
    roles,
    permissions: [...permissions],
  };
}

function activeMachineToken(
  claims: MachineClaims,
  token: LiveMachineToken,
  carried: Grants,
): ActiveMachineToken {
  const permissions = [...carried.permissions];
  return {
    active: true,
    token_type: 'Bearer',
    principal_type: 'service_account',
    ...claims,
    // Its secret may have got an end since.
    exp: Math.min(claims.exp, Math.floor(token.expiresAt / 1000)),
    scope: permissions.join(' '),
    roles: carried.roles,
    permissions,
  };
}

function activeKey(key: ApiKeyPrincipal, iss: string, aud: string): ActiveKey {
  const permissions = [...key.permissions];
  return {
    active: true,
    token_type: 'Bearer',
    principal_type: 'api_key',
    iss,
    aud,
    sub: key.owner.id,
    owner_type: key.owner.kind,
    key_id: key.id,
    ...(key.expiresAt === null ? {} : { exp: key.expiresAt }),
    scope: permissions.join(' '),
    roles: key.roles,
    permissions,
  };
}
