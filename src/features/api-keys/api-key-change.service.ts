import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../kernel/caller.js';
import { addSeconds } from '../../kernel/clock.js';
import { parseLabel } from '../../kernel/label.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ApiKey } from './api-key.entity.js';
import {
  daysBetween,
  type LifetimeSettings,
  reachesFurther,
  readDays,
  readNetworks,
} from './api-key.policy.js';
import { type ApiKeyService, findToTouch, keysOf } from './api-key.service.js';
import type { ApiKeyMailService } from './api-key-mail.service.js';
import { type ApiKeyOwnerService, type HeldOwner, mayTouch, ownerOfKey } from './api-key-owner.service.js';
import type { KeyEnvironment } from './api-key-text.js';
import { apiKeyErrors, apiKeyRotated, apiKeyUpdated } from './api-keys.contract.js';
import { idsOf, type NewApiKey, writeNewApiKey } from './new-api-key.js';

const DAY_SECONDS = 86_400;

/** What is to be different about a key; what is left out stays. */
export interface ApiKeyChange {
  readonly apiKeyId: string;
  readonly name?: string | null | undefined;
  readonly scopes?: readonly string[] | null | undefined;
  readonly allowedNetworks?: readonly string[] | null | undefined;
}

/** How a key is to be replaced. */
export interface ApiKeyRotation {
  readonly apiKeyId: string;
  /** How long the old one goes on working beside the new one; 0 ends it at once. */
  readonly overlapSeconds: number;
  /** Of the new one; null for as many as the old one was made for. */
  readonly expiresInDays: number | null;
}

/** A key that may get more by a change. */
interface Widening {
  readonly key: ApiKey;
  readonly owner: HeldOwner;
  readonly scopes?: readonly string[];
  readonly allowedNetworks?: readonly string[];
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly apiKeys: ApiKeyService;
  readonly apiKeyOwners: ApiKeyOwnerService;
  readonly apiKeyMails: ApiKeyMailService;
  readonly environment: KeyEnvironment;
  readonly settings: LifetimeSettings;
}

/** What becomes of a key between its beginning and its end. */
export class ApiKeyChangeService {
  constructor(private readonly deps: Deps) {}

  /**
   * Changes a key from its next request on: the caller's own, or with `api_keys:modify` that of somebody who may do no
   * more than they; to give it more scopes or networks takes what creating it takes. Throws API_KEY_NOT_FOUND,
   * API_KEY_ENDED, API_KEY_TOO_WIDE, INVALID_INPUT, and what `ApiKeyOwnerService.holdWithin` throws.
   */
  async update(caller: Caller, change: ApiKeyChange): Promise<ApiKey> {
    const { apiKeyId: id, name, scopes, allowedNetworks } = change;
    const facts = {
      ...(name == null ? {} : { name: parseLabel('name', name) }),
      ...(allowedNetworks == null ? {} : { allowedNetworks: readNetworks(allowedNetworks) }),
      ...(scopes == null ? {} : { scopes: [...new Set(scopes)].toSorted() }),
    };
    return await this.deps.unitOfWork.run(async (unit) => {
      const { key, owner } = await this.holdKey(unit, caller, { id, permission: 'api_keys:modify' });
      const widens = await this.assertMayWiden(unit, caller, { key, owner, ...facts });
      const before = new Map<string, unknown>(Object.entries(key));
      const changed = Object.entries(facts).flatMap(([field, value]) =>
        isDeepStrictEqual(before.get(field), value) ? [] : [field],
      );
      if (changed.length === 0) return key;
      const { createdBySessionId } = await this.deps.apiKeyOwners.originWithin(unit, caller);
      unit.em.assign(key, facts);
      if (widens) key.widenedBySessionId = createdBySessionId ?? key.widenedBySessionId;
      unit.emit(apiKeyUpdated, { ...aboutKey(caller, key), payload: { changed } });
      return key;
    });
  }

  /**
   * A new key in the place of one of the caller's own, or with `api_keys:create` of somebody who may do no more than they:
   * of the same name and networks, and with those of its scopes that may still be given. The old one ends when the overlap
   * is over, at the latest when it would have. Throws API_KEY_NOT_FOUND, API_KEY_ENDED, and what creating one throws.
   */
  async rotate(caller: Caller, { apiKeyId: id, ...rotation }: ApiKeyRotation): Promise<NewApiKey> {
    const { apiKeys, apiKeyOwners, apiKeyMails, unitOfWork, settings, environment } = this.deps;
    if (rotation.expiresInDays !== null) readDays(rotation.expiresInDays, settings);
    await apiKeys.spend(caller);
    return await unitOfWork.run(async (unit) => {
      const { key, owner } = await this.holdKey(unit, caller, { id, permission: 'api_keys:create' });
      if ((await unit.em.count(ApiKey, { ...keysOf(owner), rotatedFromId: id })) > 0) {
        throw apiKeyErrors.API_KEY_ENDED();
      }
      await apiKeys.holdForNew(unit, caller, owner);
      const scopes = await apiKeyOwners.mayStillGive(unit, caller, owner, key);
      await apiKeyOwners.assertMayGive(unit, caller, owner, scopes);
      const { name, allowedNetworks } = key;
      const days = rotation.expiresInDays ?? this.daysOf(key);
      const created = writeNewApiKey(unit, caller, {
        owner: ownerOfKey(key),
        name,
        scopes,
        allowedNetworks,
        environment,
        expiresAt: addSeconds(unit.now, days * DAY_SECONDS),
        rotatedFromId: id,
        lineage: await apiKeyOwners.originWithin(unit, caller),
      });
      await this.replace(unit, caller, { key, by: created.apiKey, overlapSeconds: rotation.overlapSeconds });
      await apiKeyMails.tellOfNew(unit, created.apiKey);
      return created;
    });
  }

  /** A key that works, held with its owner. */
  private async holdKey(
    unit: Unit,
    caller: Caller,
    wanted: { readonly id: string; readonly permission: string },
  ): Promise<{ key: ApiKey; owner: HeldOwner }> {
    const key = await findToTouch(unit, caller, wanted);
    const owner = await this.deps.apiKeyOwners.holdWithin(unit, caller, ownerOfKey(key));
    // It may have been replaced or ended while its owner was waited for.
    await unit.em.refresh(key);
    const expired = key.expiresAt !== null && key.expiresAt <= unit.now;
    if (key.revokedAt !== null || expired) throw apiKeyErrors.API_KEY_ENDED();
    return { key, owner };
  }

  /**
   * Whether the change gives the key more. Scopes that it has already are judged on every use, unless it is to be used
   * from somewhere new: then it is as good as another key. Throws API_KEY_TOO_WIDE.
   */
  private async assertMayWiden(
    unit: Unit,
    caller: Caller,
    { key, owner, ...change }: Widening,
  ): Promise<boolean> {
    const { scopes = key.scopes, allowedNetworks = key.allowedNetworks } = change;
    const reaches = reachesFurther(allowedNetworks, key.allowedNetworks);
    const given = reaches ? scopes : scopes.filter((scope) => !key.scopes.includes(scope));
    if (!reaches && given.length === 0) return false;
    if (!mayTouch(caller, owner, 'api_keys:create')) throw apiKeyErrors.API_KEY_TOO_WIDE();
    await this.deps.apiKeyOwners.assertMayGive(unit, caller, owner, given);
    return true;
  }

  private async replace(
    unit: Unit,
    caller: Caller,
    { key, by, overlapSeconds }: { key: ApiKey; by: ApiKey; overlapSeconds: number },
  ): Promise<void> {
    const end = addSeconds(unit.now, overlapSeconds);
    if (key.expiresAt === null || key.expiresAt > end) key.expiresAt = end;
    const payload = { replacedById: by.id, expiresAt: key.expiresAt.toISOString() };
    unit.emit(apiKeyRotated, { ...aboutKey(caller, key), payload });
    await unit.em.flush();
    if (overlapSeconds === 0) await this.deps.apiKeys.endWithin(unit, caller, [key.id], 'rotated');
  }

  private daysOf({ createdAt, expiresAt }: ApiKey): number {
    const { settings } = this.deps;
    return Math.min(daysBetween(createdAt, expiresAt) ?? settings.defaultDays, settings.maxDays);
  }
}

function aboutKey(caller: Caller, key: ApiKey) {
  const { userId } = idsOf(ownerOfKey(key));
  return { caller, subject: { type: 'api_key', id: key.id }, userId };
}
