import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { AccessService, Grants } from '../access/access.service.js';
import { apiKeyErrors } from '../api-keys/api-keys.contract.js';
import type {
  LiveMachineToken,
  LiveMachineTokenService,
} from '../service-accounts/live-machine-token.service.js';
import type { LiveSession, LiveSessionService } from '../sessions/live-session.service.js';
import { sessionErrors } from '../sessions/sessions.contract.js';
import { isOfUser, type MachineClaims, type UserClaims } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';
import { tokenErrors } from '../tokens/tokens.contract.js';
import type { ApiKeyScheme } from './api-key.scheme.js';
import type { Credentials } from './scheme.js';
import { bearerToken } from './session.scheme.js';
import type { ValidationQuestion } from './validation-question.js';

/** Who comes, as a gateway is told. */
export interface Identity {
  readonly kind: 'user' | 'service_account' | 'api_key';
  /** Who pays for the validation: the user, the service account, or the owner of the key. */
  readonly ownerId: string;
  readonly sessionId: string | null;
  /** Only one that is proved: whoever keys on it would let anybody in who signed up with it. */
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
  /** When the user last proved who they are, with all that the account has; seconds since the epoch, or null for never. */
  readonly provedAt: number | null;
}

/** What the question asks for and whoever comes has not. */
export type Lack = 'permission' | 'freshness';

interface Deps {
  readonly tokens: TokenService;
  readonly liveSessions: LiveSessionService;
  readonly liveMachineTokens: LiveMachineTokenService;
  readonly apiKeyScheme: ApiKeyScheme;
  readonly access: AccessService;
  readonly clock: Clock;
  readonly ownAudience: string;
}

/** An identity, and what it was made of: it holds as long as these very objects are the ones in memory. */
interface Known {
  readonly of: LiveSession | LiveMachineToken;
  readonly grants: Grants;
  readonly identity: Identity;
}

/** Says who comes with a request, and whether they are whom a gateway asks for. */
export class ValidationService {
  private readonly known = new WeakMap<UserClaims | MachineClaims, Known>();
  private readonly knownKeys = new WeakMap<ApiKeyPrincipal, Identity>();

  constructor(private readonly deps: Deps) {}

  /**
   * Who presents these credentials for that audience; null for nobody. The same object as long as nothing about them has
   * changed. Throws TOKEN_INVALID, TOKEN_EXPIRED, SESSION_EXPIRED or API_KEY_INVALID.
   */
  async identify(credentials: Credentials, audience: string): Promise<Identity | null> {
    if (this.deps.apiKeyScheme.recognises(credentials)) return await this.ofKey(credentials, audience);
    const { authorization, cookie } = credentials;
    const token = authorization === null ? cookie : bearerToken(authorization);
    if (token === null) {
      if (authorization === null) return null;
      throw tokenErrors.TOKEN_INVALID();
    }
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state === 'invalid' || read.claims.aud !== audience) throw tokenErrors.TOKEN_INVALID();
    const { claims, state } = read;
    // What guards cookies against other sites is bound to a session: a machine has none.
    if (!isOfUser(claims) && authorization === null) throw tokenErrors.TOKEN_INVALID();
    if (state === 'expired') throw tokenErrors.TOKEN_EXPIRED();
    return isOfUser(claims) ? await this.ofUser(claims) : await this.ofMachine(claims);
  }

  /** What `identify` says of somebody who came before, if it need not wait; undefined where `identify` has to be asked. */
  recall({ authorization, apiKey, cookie }: Credentials, audience: string): Identity | undefined {
    if (authorization === null || apiKey !== null || cookie !== null) return undefined;
    const read = this.deps.tokens.recallAccessToken(bearerToken(authorization) ?? '');
    if (read?.state !== 'valid' || read.claims.aud !== audience) return undefined;
    const { claims } = read;
    const known = this.known.get(claims);
    if (!known || known.grants !== this.deps.access.recallGrantsOf(claims.sub)) return undefined;
    const { liveSessions, liveMachineTokens } = this.deps;
    const of = isOfUser(claims) ? liveSessions.recall(claims.sid) : liveMachineTokens.recall(claims);
    return known.of === of ? known.identity : undefined;
  }

  /** What is missing for the question, or null. A machine has proved nothing lately, and never will. */
  lackOf({ permissions, roles, provedAt }: Identity, question: ValidationQuestion): Lack | null {
    const holdsAll = question.permissions.every((each) => permissions.has(each));
    if (!holdsAll || (question.role !== null && !roles.includes(question.role))) return 'permission';
    if (question.maxAuthAge === null) return null;
    const age = provedAt === null ? Infinity : this.deps.clock.now().getTime() / 1000 - provedAt;
    return age <= question.maxAuthAge ? null : 'freshness';
  }

  private async ofUser(claims: UserClaims): Promise<Identity> {
    const session = await this.deps.liveSessions.find(claims.sid);
    if (!session || session.userId !== claims.sub) throw sessionErrors.SESSION_EXPIRED();
    const grants = await this.deps.access.grantsOf({ kind: 'user', id: session.userId });
    const known = this.known.get(claims);
    if (known?.of === session && known.grants === grants) return known.identity;
    const identity: Identity = {
      kind: 'user',
      ownerId: session.userId,
      sessionId: session.id,
      email: session.emailVerified ? session.email : null,
      roles: grants.roles,
      permissions: grants.permissions,
      // Where the account has a second factor, the password alone is no proof of its owner.
      provedAt: session.lacksSecondFactor ? null : session.authTime,
    };
    this.known.set(claims, { of: session, grants, identity });
    return identity;
  }

  private async ofMachine(claims: MachineClaims): Promise<Identity> {
    const token = await this.deps.liveMachineTokens.find(claims);
    if (!token) throw tokenErrors.TOKEN_INVALID();
    const grants = await this.deps.access.grantsOf({ kind: 'service_account', id: token.serviceAccountId });
    const known = this.known.get(claims);
    if (known?.of === token && known.grants === grants) return known.identity;
    const identity: Identity = {
      kind: 'service_account',
      ownerId: token.serviceAccountId,
      sessionId: null,
      email: null,
      ...this.deps.access.partOf(grants, token.scopes),
      provedAt: null,
    };
    this.known.set(claims, { of: token, grants, identity });
    return identity;
  }

  /** A key is good for this API's own audience alone. It names its owner, without the address: it is not they who come. */
  private async ofKey(credentials: Credentials, audience: string): Promise<Identity> {
    if (audience !== this.deps.ownAudience) throw apiKeyErrors.API_KEY_INVALID();
    const key = await this.deps.apiKeyScheme.authenticate(credentials);
    const known = this.knownKeys.get(key);
    if (known) return known;
    const { owner, roles, permissions } = key;
    const nobody = { sessionId: null, email: null, provedAt: null };
    const identity: Identity = { kind: 'api_key', ownerId: owner.id, ...nobody, roles, permissions };
    this.knownKeys.set(key, identity);
    return identity;
  }
}
