import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { isId } from '../../kernel/id.js';
import { equalConstantTime, sha256 } from '../../platform/crypto/fingerprint.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import type { Logger } from '../../platform/logger.js';
import type { AccessService } from '../access/access.service.js';
import { type KeyEnvironment, readApiKey } from './api-key-text.js';
import { apiKeyErrors, apiKeyRevoked, BEYOND_KEYS } from './api-keys.contract.js';

/** How often `last_used_at` is written. */
const USED_EVERY_MS = 60_000;

/** A key that may be used, as every request with it needs it. */
interface LiveApiKey {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly secretHash: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch, or null; moves as the key is used. */
  lastUsedAt: number | null;
}

const FIND_LIVE = defineStatement<LiveApiKey>(
  'api-key-find-live',
  `select k.id, k.name, k.owner_id as "ownerId", k.secret_hash as "secretHash", k.scopes,
     extract(epoch from k.expires_at)::float8 * 1000 as "expiresAt",
     extract(epoch from k.last_used_at)::float8 * 1000 as "lastUsedAt"
   from api_keys k join users u on u.id = k.owner_id
   where k.id = $1::uuid and k.owner_kind = 'user' and k.revoked_at is null and u.status = 'active'`,
);

// Other processes write it as well: the row decides whether a minute is over.
const USED = defineStatement(
  'api-key-used',
  `update api_keys set last_used_at = $2::timestamptz
   where id = $1::uuid and coalesce(last_used_at <= $2::timestamptz - interval '1 minute', true)`,
);

interface Deps {
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: AccessService;
  /** The one whose keys are accepted here. */
  readonly environment: KeyEnvironment;
}

/** The keys that requests come in on, held in memory while the event feed is current; a revocation drops its key. */
export class LiveApiKeyService {
  private readonly keys: FeedCache<LiveApiKey>;

  constructor(private readonly deps: Deps) {
    this.keys = new FeedCache({ feed: deps.feed, max: 20_000 });
    deps.feed.on(apiKeyRevoked.name, ({ subjectId }) => this.keys.drop(subjectId));
  }

  /**
   * Who presents this key, with what is left of its scopes among the rights that its owner has at this moment. Throws
   * API_KEY_INVALID, the same for malformed, unknown, wrong, expired and ended; a mistyped one asks no database.
   */
  async authenticate(presented: string): Promise<ApiKeyPrincipal> {
    const text = readApiKey(presented);
    if (text?.environment !== this.deps.environment || !isId(text.id)) throw apiKeyErrors.API_KEY_INVALID();
    const key = await this.find(text.id);
    if (!key || !isSecretOf(key, text.secret) || this.isExpired(key)) throw apiKeyErrors.API_KEY_INVALID();
    this.markUsed(key);
    const owner = { kind: 'user', id: key.ownerId } as const;
    const { permissions } = await this.deps.access.grantsOf(owner);
    const scopes = key.scopes.filter((scope) => permissions.has(scope) && !BEYOND_KEYS.has(scope));
    const { id, name, expiresAt } = key;
    return {
      kind: 'api_key',
      id,
      name,
      owner,
      credentialIds: [id],
      audiences: [],
      expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000),
      roles: [],
      permissions: new Set(scopes),
    };
  }

  /** Under the id alone: guesses at the secret of a key in use ask no database either. */
  private async find(id: string): Promise<LiveApiKey | null> {
    return await this.keys.get(id, async () => {
      const [row] = await this.deps.statements.run(FIND_LIVE, [id]);
      return row ?? null;
    });
  }

  private isExpired({ expiresAt }: LiveApiKey): boolean {
    return expiresAt !== null && expiresAt <= this.deps.clock.now().getTime();
  }

  private markUsed(key: LiveApiKey): void {
    const now = this.deps.clock.now();
    if (key.lastUsedAt !== null && now.getTime() - key.lastUsedAt < USED_EVERY_MS) return;
    key.lastUsedAt = now.getTime();
    this.deps.statements.run(USED, [key.id, now.toISOString()]).catch((error: unknown) => {
      this.deps.logger.warn({ error }, 'last_used_at was not written');
    });
  }
}

function isSecretOf({ secretHash }: LiveApiKey, secret: string): boolean {
  return equalConstantTime(Buffer.from(secretHash, 'hex'), sha256(secret));
}
