import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { isId } from '../../kernel/id.js';
import { isInNetworks, type Network, parseNetwork } from '../../kernel/network-list.js';
import { equalConstantTime, sha256 } from '../../platform/crypto/fingerprint.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import type { Logger } from '../../platform/logger.js';
import type { AccessService, Grants } from '../access/access.service.js';
import {
  serviceAccountDisabled,
  serviceAccountUpdated,
} from '../service-accounts/service-accounts.contract.js';
import { userDeactivated, userDeleted, userReactivated } from '../users/users.contract.js';
import { idPlaceOf, type KeyEnvironment, readApiKey } from './api-key-text.js';
import {
  apiKeyErrors,
  apiKeyRevoked,
  apiKeyRotated,
  apiKeyUpdated,
  BEYOND_KEYS,
} from './api-keys.contract.js';

/** How often `last_used_at` is written. */
const USED_EVERY_MS = 60_000;

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly ownerKind: 'user' | 'service_account';
  readonly ownerId: string;
  readonly secretHash: string;
  readonly scopes: readonly string[];
  readonly allowedNetworks: readonly string[];
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch, or null. */
  readonly lastUsedAt: number | null;
  readonly revoked: boolean;
  readonly ownerActive: boolean;
  /** Of a service account: the audiences that it owns, and to which permissions it is limited, if to any. */
  readonly audiences: readonly string[];
  readonly limit: readonly string[] | null;
  /** Its name; null for a user. */
  readonly service: string | null;
}

const FIND_LIVE = defineStatement<KeyRow>(
  'api-key-find-live',
  `select k.id, k.name, k.owner_kind as "ownerKind", k.owner_id as "ownerId", k.secret_hash as "secretHash",
     k.scopes, k.allowed_networks as "allowedNetworks",
     extract(epoch from k.expires_at)::float8 * 1000 as "expiresAt",
     extract(epoch from k.last_used_at)::float8 * 1000 as "lastUsedAt",
     k.revoked_at is not null as revoked, coalesce(u.status = 'active', a.enabled, false) as "ownerActive",
     coalesce(a.audiences, '[]') as audiences, a.scopes as "limit",
     a.name as service
   from api_keys k
     left join users u on k.owner_kind = 'user' and u.id = k.owner_id
     left join service_accounts a on k.owner_kind = 'service_account' and a.id = k.owner_id
   where k.id = $1::uuid`,
);

// Other processes write it as well: the row decides whether a minute is over.
const USED = defineStatement(
  'api-key-used',
  `update api_keys set last_used_at = $2::timestamptz
   where id = $1::uuid and coalesce(last_used_at <= $2::timestamptz - interval '1 minute', true)`,
);

/** Whoever presents a key that is good; the same object as long as nothing about them has changed. */
export interface AcceptedKey {
  readonly principal: ApiKeyPrincipal;
  /** The name of the service account that owns it; null for a user's. */
  readonly service: string | null;
}

/** Why a key is not accepted. All but `invalid` is known only of whoever has the right secret. */
export interface RefusedKey {
  readonly refused: 'invalid' | 'expired' | 'revoked' | 'owner_disabled' | 'network';
}

/** A key in memory, as every request with it needs it. */
interface KnownKey {
  readonly row: KeyRow;
  readonly secretHash: Buffer;
  readonly owner: ApiKeyPrincipal['owner'];
  readonly networks: readonly Network[];
  /** The hash of the whole text that was found to be this key. */
  textHash: Buffer | null;
  /** Moves as the key is used. */
  lastUsedAt: number | null;
  /** Who it was made of these very grants. */
  accepted: { readonly grants: Grants; readonly answer: AcceptedKey } | null;
}

const INVALID: RefusedKey = { refused: 'invalid' };
const EXPIRED: RefusedKey = { refused: 'expired' };
const REVOKED: RefusedKey = { refused: 'revoked' };
const OWNER_DISABLED: RefusedKey = { refused: 'owner_disabled' };
const NETWORK: RefusedKey = { refused: 'network' };

interface Deps {
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: AccessService;
  /** The one whose keys are accepted here. */
  readonly environment: KeyEnvironment;
}

/** The keys that requests come in on, held in memory while the event feed is current; what changes one drops it. */
export class LiveApiKeyService {
  /** By the id as it stands in the key. */
  private readonly keys: FeedCache<KnownKey>;
  private readonly idPlace: readonly [number, number];

  constructor(private readonly deps: Deps) {
    this.idPlace = idPlaceOf(deps.environment);
    this.keys = new FeedCache({ feed: deps.feed, max: 20_000 });
    for (const { name } of [apiKeyRevoked, apiKeyUpdated, apiKeyRotated]) {
      deps.feed.on(name, ({ subjectId }) => this.keys.drop(subjectId.replaceAll('-', '')));
    }
    const ofOwners = [
      serviceAccountDisabled,
      serviceAccountUpdated,
      userDeactivated,
      userDeleted,
      userReactivated,
    ];
    for (const { name } of ofOwners) {
      deps.feed.on(name, ({ subjectId }) => this.keys.dropWhere(({ owner }) => owner.id === subjectId));
    }
  }

  /**
   * Who presents this key from that address, with what is left of its scopes among the rights that its owner has at this
   * moment. Throws API_KEY_INVALID, the same for malformed, unknown, wrong, expired, ended and for another network; a
   * mistyped one asks no database.
   */
  async authenticate(presented: string, ip: string | null): Promise<ApiKeyPrincipal> {
    const examined = await this.examine(presented, ip);
    if ('refused' in examined) throw apiKeyErrors.API_KEY_INVALID();
    return examined.principal;
  }

  /** As `authenticate`, for whoever may be told why a key is not accepted. */
  async examine(presented: string, ip: string | null): Promise<AcceptedKey | RefusedKey> {
    const key = await this.recognise(presented);
    if (!key) return INVALID;
    const now = this.deps.clock.now();
    const refusal = refusalOf(key, now.getTime(), ip);
    if (refusal) return refusal;
    this.markUsed(key, now);
    const grants = await this.deps.access.grantsOf(key.owner);
    if (key.accepted?.grants !== grants) {
      key.accepted = { grants, answer: { principal: principalOf(key, grants), service: key.row.service } };
    }
    return key.accepted.answer;
  }

  /** What `examine` says of a key that is good and was seen before; undefined where `examine` has to be asked. */
  recall(presented: string, ip: string | null): AcceptedKey | undefined {
    const key = this.keys.peek(presented.slice(...this.idPlace));
    if (!key?.textHash || !equalConstantTime(key.textHash, sha256(presented))) return undefined;
    const now = this.deps.clock.now();
    const grants = this.deps.access.recallGrantsOf(key.owner.id);
    if (!key.accepted || key.accepted.grants !== grants || refusalOf(key, now.getTime(), ip))
      return undefined;
    this.markUsed(key, now);
    return key.accepted.answer;
  }

  /** Who comes with the key of that id now, from wherever it may be used, or null when nobody can; it was not used. */
  async peek(id: string): Promise<ApiKeyPrincipal | null> {
    const key = await this.find(id);
    const refusal = key && refusalOf(key, this.deps.clock.now().getTime(), null);
    if (!key || (refusal && refusal !== NETWORK)) return null;
    return principalOf(key, await this.deps.access.grantsOf(key.owner));
  }

  /** Which key this is and whose, be it good or not: for its owner, who ends it from wherever they are. */
  async identify(presented: string): Promise<Pick<ApiKeyPrincipal, 'id' | 'owner'> | null> {
    const key = await this.recognise(presented);
    return key && { id: key.row.id, owner: key.owner };
  }

  /** The key whose right secret this is, be it good or not. A text that was seen before costs one hash. */
  private async recognise(presented: string): Promise<KnownKey | null> {
    const known = this.keys.peek(presented.slice(...this.idPlace));
    if (known?.textHash && equalConstantTime(known.textHash, sha256(presented))) return known;
    const text = readApiKey(presented);
    if (text?.environment !== this.deps.environment || !isId(text.id)) return null;
    const key = await this.find(text.id);
    if (!key || !equalConstantTime(key.secretHash, sha256(text.secret))) return null;
    key.textHash = sha256(presented);
    return key;
  }

  /** Under the id alone: guesses at the secret of a key in use ask no database either. */
  private async find(id: string): Promise<KnownKey | null> {
    return await this.keys.get(id.replaceAll('-', ''), async () => {
      const [row] = await this.deps.statements.run(FIND_LIVE, [id]);
      return row ? knownKey(row) : null;
    });
  }

  private markUsed(key: KnownKey, now: Date): void {
    if (key.lastUsedAt !== null && now.getTime() - key.lastUsedAt < USED_EVERY_MS) return;
    key.lastUsedAt = now.getTime();
    this.deps.statements.run(USED, [key.row.id, now.toISOString()]).catch((error: unknown) => {
      this.deps.logger.warn({ error }, 'last_used_at was not written');
    });
  }
}

function knownKey(row: KeyRow): KnownKey {
  return {
    row,
    secretHash: Buffer.from(row.secretHash, 'hex'),
    owner: { kind: row.ownerKind, id: row.ownerId },
    networks: row.allowedNetworks.map(parseNetwork).filter((network) => network !== null),
    textHash: null,
    lastUsedAt: row.lastUsedAt,
    accepted: null,
  };
}

function refusalOf({ row, networks }: KnownKey, now: number, ip: string | null): RefusedKey | null {
  if (row.revoked) return REVOKED;
  if (row.expiresAt !== null && row.expiresAt <= now) return EXPIRED;
  if (!row.ownerActive) return OWNER_DISABLED;
  // By the row: a network that could not be read opens nothing.
  return row.allowedNetworks.length > 0 && !isInNetworks(networks, ip) ? NETWORK : null;
}

function principalOf({ row, owner }: KnownKey, grants: Grants): ApiKeyPrincipal {
  const { id, name, limit, audiences, expiresAt } = row;
  const held = row.scopes.filter((scope) => grants.permissions.has(scope) && !BEYOND_KEYS.has(scope));
  return {
    kind: 'api_key',
    id,
    name,
    owner,
    credentialIds: owner.kind === 'user' ? [id] : [id, owner.id],
    audiences,
    expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000),
    roles: [],
    permissions: new Set(limit === null ? held : held.filter((scope) => limit.includes(scope))),
  };
}
