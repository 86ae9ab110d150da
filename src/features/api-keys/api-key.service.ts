import type { EntityDictionary } from '@mikro-orm/core';
import { type Caller, hasPermission, systemCaller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { errors } from '../../kernel/errors.js';
import type { DomainEvent } from '../../kernel/event.js';
import { isId, newId } from '../../kernel/id.js';
import { lineageOf } from '../../kernel/lineage.js';
import { keyedFingerprint, sha256Hex } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import { randomToken } from '../../platform/crypto/random.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { AccessService } from '../access/access.service.js';
import type { AccountGuardService } from '../access/account-guard.service.js';
import type { UserService } from '../users/user.service.js';
import { userDeactivated, userDeleted } from '../users/users.contract.js';
import { ApiKey } from './api-key.entity.js';
import { type KeyEnvironment, writeApiKey } from './api-key-text.js';
import {
  type ApiKeyEnd,
  apiKeyCreated,
  apiKeyErrors,
  apiKeyRevoked,
  BEYOND_KEYS,
} from './api-keys.contract.js';

const DAY_SECONDS = 86_400;

/** What somebody wishes a key of their own to be. */
export interface ApiKeyWish {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresInDays: number;
}

/** The sessions that keys are made through. */
interface Sessions {
  isOpenWithin(unit: Unit, sessionId: string): Promise<boolean>;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly users: UserService;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
  readonly sessions: Sessions;
  readonly budgets: { readonly apiKey: RateLimiter };
  /** Every permission that the mounted features declare. */
  readonly registry: ReadonlySet<string>;
  readonly environment: KeyEnvironment;
}

/** Owns API keys: how they begin, which there are, how they end. One that ended never comes back. */
export class ApiKeyService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(userDeactivated, async (event, unit) => this.endAllFor(event, unit, 'user_deactivated'));
    deps.bus.within(userDeleted, async (event, unit) => this.endAllFor(event, unit, 'user_deleted'));
  }

  /**
   * A key for the caller themself; the secret is shown only here. Throws API_KEY_TOO_WIDE, RATE_LIMITED, and FORBIDDEN
   * for whoever is no user.
   */
  async create(caller: Caller, wish: ApiKeyWish): Promise<{ apiKey: ApiKey; secret: string }> {
    const { principal } = caller;
    if (principal.kind !== 'user') throw errors.FORBIDDEN();
    const { budgets, keyring, environment, unitOfWork } = this.deps;
    await budgets.apiKey.consume(keyedFingerprint(keyring, 'budget', principal.id));
    const secret = randomToken();
    const apiKey = await unitOfWork.run(async (unit) => {
      const owner = await this.deps.users.holdWithin(unit, principal.id);
      // A session that was ended meanwhile, and all that it made with it, must leave nothing behind.
      const open = await this.deps.sessions.isOpenWithin(unit, principal.sessionId);
      if (owner.status !== 'active' || !open) throw errors.UNAUTHENTICATED();
      const scopes = [...new Set(wish.scopes)].toSorted();
      await this.assertMayGive(unit, caller, scopes);
      return this.write(unit, caller, { ...wish, scopes, ownerId: owner.id, secretHash: sha256Hex(secret) });
    });
    return { apiKey, secret: writeApiKey({ environment, id: apiKey.id, secret }) };
  }

  /** The keys of a user that still work, newest first. */
  async listOf(userId: string, { first, after }: PageRequest): Promise<Page<ApiKey>> {
    const before = after === null ? null : decodeCursor(after, isId);
    const keys = await this.deps.em
      .fork()
      .find(
        ApiKey,
        { ...ofUser(userId), ...this.alive(), ...(before === null ? {} : { id: { $lt: before } }) },
        { orderBy: { id: 'desc' }, limit: first + 1 },
      );
    return toPage(keys, first, { key: ({ id }) => id, node: (key) => key });
  }

  /** Those of many users, newest first and 100 of each at most, for loaders. */
  async listOfMany(userIds: readonly string[]): Promise<ReadonlyMap<string, ApiKey[]>> {
    const em = this.deps.em.fork();
    const rows: EntityDictionary<ApiKey>[] = await em.execute(
      `select * from (
         select *, row_number() over (partition by owner_id order by id desc) as place from api_keys
         where owner_kind = 'user' and owner_id = any(?::uuid[]) and revoked_at is null
           and (expires_at is null or expires_at > ?)
       ) newest where place <= 100 order by id desc`,
      [`{${userIds.join(',')}}`, this.deps.clock.now()],
    );
    return Map.groupBy(
      rows.map((row) => em.map(ApiKey, row)),
      ({ ownerId }) => ownerId,
    );
  }

  /**
   * Ends one key: the caller's own, or, with `api_keys:revoke`, that of a user who may do no more than they. Again
   * changes nothing. Throws API_KEY_NOT_FOUND or USER_TOO_POWERFUL.
   */
  async revoke(caller: Caller, id: string): Promise<void> {
    const { principal } = caller;
    await this.deps.unitOfWork.run(async (unit) => {
      const key = isId(id) ? await unit.em.findOne(ApiKey, { id, ownerKind: 'user' }) : null;
      const own = principal.kind === 'user' && key?.ownerId === principal.id;
      if (!key || !(own || hasPermission(principal, 'api_keys:revoke')))
        throw apiKeyErrors.API_KEY_NOT_FOUND();
      await this.deps.users.holdWithin(unit, key.ownerId);
      await this.deps.accountGuard.assertMayManage(unit, caller, key.ownerId);
      await this.endWithin(unit, caller, [id], own ? 'revoked_by_user' : 'revoked_by_admin');
    });
  }

  /** Ends every key of a user within a unit that holds them. */
  async endAllOf(unit: Unit, caller: Caller, userId: string, reason: ApiKeyEnd): Promise<void> {
    const keys = await unit.em.find(ApiKey, { ...ofUser(userId), revokedAt: null });
    const ids = keys.map(({ id }) => id);
    await this.endWithin(unit, caller, ids, reason);
  }

  /** Ends keys within a unit that holds their owners; answers which: those that ended before stay as they are. */
  async endWithin(unit: Unit, caller: Caller, ids: readonly string[], reason: ApiKeyEnd): Promise<string[]> {
    if (ids.length === 0) return [];
    // The statement decides who ended which, so that two processes write one event for each.
    const ended: { id: string; owner_kind: string; owner_id: string }[] = await unit.em.execute(
      `update api_keys set revoked_at = ?, revoke_reason = ?
       where id = any(?::uuid[]) and revoked_at is null returning id, owner_kind, owner_id`,
      [unit.now, reason, `{${ids.join(',')}}`],
    );
    for (const { id, owner_kind: ownerKind, owner_id: ownerId } of ended) {
      const userId = ownerKind === 'user' ? ownerId : null;
      unit.emit(apiKeyRevoked, { caller, subject: { type: 'api_key', id }, userId, payload: { reason } });
    }
    return ended.map(({ id }) => id);
  }

  /** By their roles as the transaction sees them: one that is taken away at the same moment is in no key. */
  private async assertMayGive(unit: Unit, caller: Caller, scopes: readonly string[]): Promise<void> {
    const { registry, access } = this.deps;
    const offered = scopes.every((scope) => registry.has(scope) && !BEYOND_KEYS.has(scope));
    if (!offered || !(await access.mayGive(unit, caller, scopes))) throw apiKeyErrors.API_KEY_TOO_WIDE();
  }

  private write(
    unit: Unit,
    caller: Caller,
    {
      name,
      scopes,
      expiresInDays,
      ownerId,
      secretHash,
    }: ApiKeyWish & { ownerId: string; secretHash: string },
  ): ApiKey {
    const expiresAt = addSeconds(unit.now, expiresInDays * DAY_SECONDS);
    const key = unit.em.create(ApiKey, {
      id: newId(),
      ownerKind: 'user',
      ownerId,
      name,
      secretHash,
      scopes: [...scopes],
      allowedNetworks: [],
      createdAt: unit.now,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
      revokeReason: null,
      rotatedFromId: null,
      createdByUserId: caller.principal.kind === 'user' ? caller.principal.id : null,
      createdByServiceAccountId: null,
      noticedDays: null,
      ...lineageOf(caller.principal),
    });
    const payload = { scopes: [...scopes], expiresAt: expiresAt.toISOString() };
    unit.emit(apiKeyCreated, { caller, subject: { type: 'api_key', id: key.id }, userId: ownerId, payload });
    return key;
  }

  /** What becomes of an account ends its keys; the end is the product's own doing. */
  private async endAllFor({ userId }: DomainEvent, unit: Unit, reason: ApiKeyEnd): Promise<void> {
    if (userId !== null) await this.endAllOf(unit, systemCaller('consequence'), userId, reason);
  }

  private alive() {
    return { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: this.deps.clock.now() } }] };
  }
}

function ofUser(userId: string) {
  return { ownerKind: 'user', ownerId: userId } as const;
}
