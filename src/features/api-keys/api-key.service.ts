import type { FilterQuery } from '@mikro-orm/core';
import { type Caller, systemCaller } from '../../kernel/caller.js';
import { addSeconds } from '../../kernel/clock.js';
import { errors } from '../../kernel/errors.js';
import type { DomainEvent } from '../../kernel/event.js';
import { isId } from '../../kernel/id.js';
import { parseLabel } from '../../kernel/label.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import { userDeactivated, userDeleted } from '../users/users.contract.js';
import { ApiKey } from './api-key.entity.js';
import { type LifetimeSettings, readDays, readNetworks } from './api-key.policy.js';
import type { ApiKeyMailService } from './api-key-mail.service.js';
import {
  type ApiKeyOwnerService,
  type HeldOwner,
  isOwn,
  type KeyOwner,
  mayTouch,
  ownerOf,
  ownerOfKey,
} from './api-key-owner.service.js';
import type { KeyEnvironment } from './api-key-text.js';
import { type ApiKeyEnd, apiKeyErrors, apiKeyRevoked } from './api-keys.contract.js';
import { idsOf, type NewApiKey, writeNewApiKey } from './new-api-key.js';

const DAY_SECONDS = 86_400;
/** Ended by whose it is. */
const OWN_END = { user: 'revoked_by_user', service_account: 'revoked_by_service_account' } as const;
/** How many of one owner work at the same time. */
const MAX_LIVE = 100;

/** What somebody wishes a new key to be. */
export interface ApiKeyWish {
  /** Whose it shall be; null for the caller's own. */
  readonly owner: KeyOwner | null;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null for AUTH_API_KEY_DEFAULT_DAYS. */
  readonly expiresInDays: number | null;
  /** Addresses and networks (CIDR) that it may be used from; none: from everywhere. */
  readonly allowedNetworks: readonly string[];
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly keyring: Keyring;
  readonly apiKeyOwners: ApiKeyOwnerService;
  readonly apiKeyMails: ApiKeyMailService;
  readonly budgets: { readonly apiKey: RateLimiter };
  readonly environment: KeyEnvironment;
  readonly settings: LifetimeSettings;
}

/** Owns API keys: how they begin and how they end. One that ended never comes back. */
export class ApiKeyService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(userDeactivated, async (event, unit) => this.endAllFor(event, unit, 'user_deactivated'));
    deps.bus.within(userDeleted, async (event, unit) => this.endAllFor(event, unit, 'user_deleted'));
  }

  /**
   * A key for the caller themself, or with `api_keys:create` for somebody who may do no more than they; the secret is
   * shown only here. Throws INVALID_INPUT, API_KEY_TOO_WIDE, API_KEY_LIMIT, API_KEY_OWNER_INACTIVE, RATE_LIMITED,
   * FORBIDDEN, what `ApiKeyOwnerService.holdWithin` throws, and UNAUTHENTICATED when the caller was ended meanwhile.
   */
  async create(caller: Caller, wish: ApiKeyWish): Promise<NewApiKey> {
    const { apiKeyOwners, apiKeyMails, environment, settings, unitOfWork } = this.deps;
    const owner = wish.owner ?? ownerOf(caller.principal);
    if (!owner || !mayTouch(caller, owner, 'api_keys:create')) throw errors.FORBIDDEN();
    const name = parseLabel('name', wish.name);
    const allowedNetworks = readNetworks(wish.allowedNetworks);
    const days = readDays(wish.expiresInDays, settings);
    await this.spend(caller);
    return await unitOfWork.run(async (unit) => {
      const held = await this.holdForNew(unit, caller, owner);
      const scopes = [...new Set(wish.scopes)].toSorted();
      await apiKeyOwners.assertMayGive(unit, caller, held, scopes);
      const expiresAt = addSeconds(unit.now, days * DAY_SECONDS);
      const lineage = await apiKeyOwners.originWithin(unit, caller);
      const facts = { owner, name, scopes, allowedNetworks, expiresAt, rotatedFromId: null };
      const created = writeNewApiKey(unit, caller, { ...facts, lineage, environment });
      await apiKeyMails.tellOfNew(unit, created.apiKey);
      return created;
    });
  }

  /** Charges the caller for one more key. Throws RATE_LIMITED. */
  async spend({ principal }: Caller): Promise<void> {
    const { budgets, keyring } = this.deps;
    const id = ownerOf(principal)?.id;
    if (id !== undefined) await budgets.apiKey.consume(keyedFingerprint(keyring, 'budget', id));
  }

  /** Who gets another key, held. Throws as `create`. */
  async holdForNew(unit: Unit, caller: Caller, owner: KeyOwner): Promise<HeldOwner> {
    const held = await this.deps.apiKeyOwners.holdWithin(unit, caller, owner);
    if (!held.active) {
      throw isOwn(caller.principal, owner) ? errors.UNAUTHENTICATED() : apiKeyErrors.API_KEY_OWNER_INACTIVE();
    }
    const live = await unit.em.count(ApiKey, { ...keysOf(owner), ...aliveAt(unit.now) });
    if (live >= MAX_LIVE) throw apiKeyErrors.API_KEY_LIMIT();
    return held;
  }

  /**
   * Ends one key: the caller's own, or with `api_keys:revoke` that of somebody who may do no more than they. Again
   * changes nothing. Throws API_KEY_NOT_FOUND or USER_TOO_POWERFUL.
   */
  async revoke(caller: Caller, id: string): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      const key = await findToTouch(unit, caller, { id, permission: 'api_keys:revoke' });
      const owner = ownerOfKey(key);
      await this.deps.apiKeyOwners.holdWithin(unit, caller, owner);
      const reason = isOwn(caller.principal, owner) ? OWN_END[owner.kind] : 'revoked_by_admin';
      await this.endWithin(unit, caller, [id], reason);
    });
  }

  /** Ends every key of a user within a unit that holds them. */
  async endAllOf(unit: Unit, caller: Caller, userId: string, reason: ApiKeyEnd): Promise<void> {
    const keys = await unit.em.find(ApiKey, {
      ...keysOf({ kind: 'user', id: userId }),
      revokedAt: null,
    });
    const ids = keys.map(({ id }) => id);
    await this.endWithin(unit, caller, ids, reason);
  }

  /** Ends keys within a unit that holds their owners; answers which: those that ended before stay as they are. */
  async endWithin(unit: Unit, caller: Caller, ids: readonly string[], reason: ApiKeyEnd): Promise<string[]> {
    if (ids.length === 0) return [];
    // The statement decides who ended which, so that two processes write one event for each.
    const ended: { id: string; owner_kind: KeyOwner['kind']; owner_id: string }[] = await unit.em.execute(
      `update api_keys set revoked_at = ?, revoke_reason = ?
       where id = any(?::uuid[]) and revoked_at is null returning id, owner_kind, owner_id`,
      [unit.now, reason, `{${ids.join(',')}}`],
    );
    for (const { id, owner_kind: kind, owner_id: ownerId } of ended) {
      const { userId } = idsOf({ kind, id: ownerId });
      unit.emit(apiKeyRevoked, { caller, subject: { type: 'api_key', id }, userId, payload: { reason } });
    }
    return ended.map(({ id }) => id);
  }

  /** What becomes of an account ends its keys; the end is the product's own doing. */
  private async endAllFor({ userId }: DomainEvent, unit: Unit, reason: ApiKeyEnd): Promise<void> {
    if (userId !== null) await this.endAllOf(unit, systemCaller('consequence'), userId, reason);
  }
}

/** The key, of whoever may see that it exists. Throws API_KEY_NOT_FOUND. */
export async function findToTouch(
  { em }: Unit,
  caller: Caller,
  { id, permission }: { readonly id: string; readonly permission: string },
): Promise<ApiKey> {
  const key = isId(id) ? await em.findOne(ApiKey, { id }) : null;
  if (!key || !mayTouch(caller, ownerOfKey(key), permission)) throw apiKeyErrors.API_KEY_NOT_FOUND();
  return key;
}

/** Those of one owner. */
export function keysOf({ kind, id }: KeyOwner): {
  readonly ownerKind: KeyOwner['kind'];
  readonly ownerId: string;
} {
  return { ownerKind: kind, ownerId: id };
}

/** Those that are good at that moment. */
export function aliveAt(now: Date): FilterQuery<ApiKey> & object {
  return { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] };
}
