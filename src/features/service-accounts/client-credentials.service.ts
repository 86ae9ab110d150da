import { OAuthError } from '../../http/oauth-error.js';
import { type Clock, toNumericDate } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { AccessService, Grants } from '../access/access.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import type { TokenService } from '../tokens/token.service.js';
import type { ClientPrincipal } from './live-client.service.js';
import { ServiceAccount } from './service-account.entity.js';
import { serviceAccountErrors } from './service-accounts.contract.js';
import { parseScope } from './token-scope.js';

/** A token's scope as text, in characters: a token that names more would be too long for headers, and for us to read. */
const MAX_SCOPE_LENGTH = 4_000;

/** What a client asks for. */
export interface TokenRequest {
  /** Permissions, separated by spaces (RFC 6749 §3.3); null for all that there are. */
  readonly scope: string | null;
  /** Whom the token is for; null for whom the account is for. */
  readonly audience: string | null;
}

/** A token as its client gets it. */
export interface IssuedToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scopes: readonly string[];
}

interface NewToken {
  readonly id: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly ttlSeconds: number;
}

/**
 * Writes the token if account and secret are good at this very moment, which both rows are held for: whoever ends one of
 * them either comes first or finds the token. $1 token, $2 secret, $3 audience, $4 scopes, $5 now, $6 seconds. A clock
 * that is behind the one that disabled the account must not make the token one of the time before.
 */
const ISSUE = defineStatement<{ expiresAt: number }>(
  'machine-token-issue',
  `with held as (
     select a.id as account_id, c.id as secret_id,
       greatest($5::timestamptz, a.tokens_not_before) as issued_at,
       least($5::timestamptz + make_interval(secs => $6::int), c.expires_at) as expires_at
     from client_secrets c join service_accounts a on a.id = c.service_account_id
     where c.id = $2::uuid and c.revoked_at is null and coalesce(c.expires_at > $5::timestamptz, true)
       and a.enabled and jsonb_exists(a.allowed_audiences, $3)
       and (a.scopes is null or a.scopes @> to_jsonb($4::text[]))
     for share of a, c
   )
   insert into machine_tokens (id, service_account_id, client_secret_id, audience, scopes, issued_at, expires_at)
   select $1::uuid, account_id, secret_id, $3, to_jsonb($4::text[]), issued_at, expires_at from held
   returning extract(epoch from expires_at)::float8 as "expiresAt"`,
);

interface Deps {
  readonly em: EntityManager;
  readonly statements: Statements;
  readonly clock: Clock;
  readonly tokens: TokenService;
  readonly access: AccessService;
  readonly audiences: AudienceService;
  readonly budgets: { readonly tokenRequests: RateLimiter };
}

/** Gives service accounts access tokens for their client secrets (RFC 6749 §4.4). */
export class ClientCredentialsService {
  constructor(private readonly deps: Deps) {}

  /**
   * A token with what the client asks for, or nothing at all. Throws OAuthError invalid_scope or invalid_target,
   * RATE_LIMITED, and CLIENT_INVALID when account or secret end, or the account is narrowed, meanwhile.
   */
  async issue(client: ClientPrincipal, wish: TokenRequest): Promise<IssuedToken> {
    await this.deps.budgets.tokenRequests.consume(client.id);
    const account = await this.deps.em.fork().findOne(ServiceAccount, { id: client.id });
    if (!account) throw serviceAccountErrors.CLIENT_INVALID();
    const audience = this.audienceFor(account, wish.audience);
    const grants = await this.deps.access.grantsOf({ kind: 'service_account', id: client.id });
    const scopes = scopesFor(account, grants, wish.scope);
    const token = { id: newId(), audience, scopes, ttlSeconds: account.tokenTtlSeconds };
    return await this.mint(client, grants, token);
  }

  private async mint(client: ClientPrincipal, grants: Grants, token: NewToken): Promise<IssuedToken> {
    const now = this.deps.clock.now();
    const { id: jti, audience: aud, scopes, ttlSeconds } = token;
    const values = [jti, client.clientSecretId, aud, scopes, now.toISOString(), ttlSeconds];
    const [row] = await this.deps.statements.run(ISSUE, values);
    const exp = Math.floor(row?.expiresAt ?? 0);
    const expiresIn = exp - toNumericDate(now);
    // Also where the secret has less than a second left.
    if (expiresIn <= 0) throw serviceAccountErrors.CLIENT_INVALID();
    const accessToken = await this.deps.tokens.mintMachineToken({
      sub: client.id,
      client_id: client.id,
      aud,
      exp,
      jti,
      scope: scopes.join(' '),
      roles: [...this.deps.access.partOf(grants, scopes).roles],
    });
    return { accessToken, expiresIn, scopes };
  }

  private audienceFor({ allowedAudiences }: ServiceAccount, wished: string | null): string {
    const { own } = this.deps.audiences;
    if (wished !== null) {
      if (allowedAudiences.includes(wished)) return wished;
      throw new OAuthError('invalid_target', 'The client may not ask for tokens for this audience.');
    }
    if (allowedAudiences.includes(own)) return own;
    const [only, ...others] = allowedAudiences;
    if (only !== undefined && others.length === 0) return only;
    throw new OAuthError('invalid_target', 'Name an audience that the client may ask for tokens for.');
  }
}

function scopesFor(account: ServiceAccount, { permissions }: Grants, wished: string | null): string[] {
  const limit = account.scopes === null ? null : new Set(account.scopes);
  const isOffered = (each: string): boolean => permissions.has(each) && (limit === null || limit.has(each));
  const scopes = wished === null ? [...permissions].filter(isOffered) : parseScope(wished);
  if (scopes === null) throw new OAuthError('invalid_scope', 'The parameter scope is malformed.');
  if (!scopes.every(isOffered)) {
    throw new OAuthError('invalid_scope', 'The client may not have all of these scopes.');
  }
  const sorted = scopes.toSorted();
  if (sorted.join(' ').length > MAX_SCOPE_LENGTH) {
    throw new OAuthError('invalid_scope', 'Ask for fewer scopes: so many fit no token.');
  }
  return sorted;
}
