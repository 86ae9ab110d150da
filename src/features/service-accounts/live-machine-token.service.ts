import type { Clock } from '../../kernel/clock.js';
import type { Lineage } from '../../kernel/lineage.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import type { MachineClaims } from '../tokens/token.claims.js';
import {
  clientSecretRevoked,
  clientSecretRotated,
  machineTokenRevoked,
  serviceAccountDisabled,
  serviceAccountUpdated,
} from './service-accounts.contract.js';

/** An access token of a service account that may be used. The same object for as long as nothing has changed. */
export interface LiveMachineToken {
  /** Its `jti`. */
  readonly tokenId: string;
  readonly serviceAccountId: string;
  /** The account's. */
  readonly name: string;
  readonly clientSecretId: string;
  readonly audience: string;
  /** What it was issued for and the account may still put into tokens; what its roles say of that is another matter. */
  readonly scopes: readonly string[];
  /** When it ends, or its secret does; milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The audiences that the account owns. */
  readonly audiences: readonly string[];
  /** Of its secret. */
  readonly lineage: Lineage;
}

interface Row extends Omit<LiveMachineToken, 'lineage'>, Lineage {
  /** What the account's tokens may carry at most, or null for everything. */
  readonly limit: readonly string[] | null;
}

const FIND_LIVE = defineStatement<Row>(
  'machine-token-find-live',
  `select t.id as "tokenId", t.service_account_id as "serviceAccountId", a.name, t.audience, t.scopes,
     t.client_secret_id as "clientSecretId", a.audiences, a.scopes as "limit",
     c.created_by_session_id as "createdBySessionId", c.created_by_acr as "createdByAcr",
     c.created_by_amr as "createdByAmr",
     extract(epoch from least(t.expires_at, c.expires_at))::float8 * 1000 as "expiresAt"
   from machine_tokens t
     join client_secrets c on c.id = t.client_secret_id
     join service_accounts a on a.id = t.service_account_id
   where t.id = $1::uuid and t.revoked_at is null and c.revoked_at is null and a.enabled
     and (a.tokens_not_before is null or t.issued_at >= a.tokens_not_before)
     and jsonb_exists(a.allowed_audiences, t.audience)`,
);

interface Deps {
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
}

/**
 * The tokens that machines come in on, held in memory while the event feed is current. A token ends with itself, with
 * the secret that it was issued for, and with its account.
 */
export class LiveMachineTokenService {
  private readonly tokens: FeedCache<LiveMachineToken>;

  constructor(private readonly deps: Deps) {
    this.tokens = new FeedCache({ feed: deps.feed, max: 50_000 });
    deps.feed.on(machineTokenRevoked.name, ({ subjectId }) => this.tokens.drop(subjectId));
    for (const { name } of [clientSecretRevoked, clientSecretRotated]) {
      deps.feed.on(name, ({ subjectId }) =>
        this.tokens.dropWhere(({ clientSecretId }) => clientSecretId === subjectId),
      );
    }
    for (const { name } of [serviceAccountDisabled, serviceAccountUpdated]) {
      deps.feed.on(name, ({ subjectId }) =>
        this.tokens.dropWhere(({ serviceAccountId }) => serviceAccountId === subjectId),
      );
    }
  }

  /** The token that these claims are of, if it may still be used, or null. The claims' signature is another's to judge. */
  async find({ jti, sub, aud }: MachineClaims): Promise<LiveMachineToken | null> {
    const token = await this.tokens.get(jti, async () => await this.load(jti));
    if (!token || token.serviceAccountId !== sub || token.audience !== aud) return null;
    return token.expiresAt > this.deps.clock.now().getTime() ? token : null;
  }

  /** What `find` says of a token that is in memory and may be used; undefined where `find` has to be asked. */
  recall({ jti, sub, aud }: MachineClaims): LiveMachineToken | undefined {
    const token = this.tokens.peek(jti);
    if (!token || token.serviceAccountId !== sub || token.audience !== aud) return undefined;
    return token.expiresAt > this.deps.clock.now().getTime() ? token : undefined;
  }

  private async load(jti: string): Promise<LiveMachineToken | null> {
    const [row] = await this.deps.statements.run(FIND_LIVE, [jti]);
    if (!row) return null;
    const { limit, scopes, createdBySessionId, createdByAcr, createdByAmr, ...token } = row;
    const lineage = { createdBySessionId, createdByAcr, createdByAmr };
    const given = limit === null ? scopes : scopes.filter((each) => limit.includes(each));
    return { ...token, scopes: given, lineage };
  }
}
