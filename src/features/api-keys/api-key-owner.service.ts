import { LockMode } from '@mikro-orm/core';
import { type ApiKeyPrincipal, type Caller, hasPermission, type Principal } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { type Lineage, lineageOf } from '../../kernel/lineage.js';
import type { Unit } from '../../platform/database/unit.js';
import type { AccessService } from '../access/access.service.js';
import type { AccountGuardService } from '../access/account-guard.service.js';
import { ClientSecret } from '../service-accounts/client-secret.entity.js';
import type { ServiceAccountService } from '../service-accounts/service-account.service.js';
import type { UserService } from '../users/user.service.js';
import type { ApiKey } from './api-key.entity.js';
import { apiKeyErrors, BEYOND_KEYS } from './api-keys.contract.js';

/** Whose a key is. */
export type KeyOwner = ApiKeyPrincipal['owner'];

/** An owner whose row is held. */
export interface HeldOwner extends KeyOwner {
  /** Whether their keys are accepted. */
  readonly active: boolean;
  /** The permissions that a service account is limited to, whatever its roles give; null for no limit. */
  readonly limit: readonly string[] | null;
}

/** The sessions that keys are made through. */
interface Sessions {
  isOpenWithin(unit: Unit, sessionId: string): Promise<boolean>;
}

interface Deps {
  readonly users: UserService;
  readonly serviceAccounts: ServiceAccountService;
  readonly access: AccessService;
  readonly accountGuard: AccountGuardService;
  readonly sessions: Sessions;
  /** Every permission that the mounted features declare. */
  readonly registry: ReadonlySet<string>;
}

/** Says who may do what with whose keys. A key itself is never one who may. */
export class ApiKeyOwnerService {
  constructor(private readonly deps: Deps) {}

  /**
   * The owner, held until the unit ends, so that nothing about them changes meanwhile. Throws USER_NOT_FOUND, USER_DELETED
   * or SERVICE_ACCOUNT_NOT_FOUND, and USER_TOO_POWERFUL when it is somebody else who may do more than the caller.
   */
  async holdWithin(unit: Unit, caller: Caller, owner: KeyOwner): Promise<HeldOwner> {
    const { users, serviceAccounts, accountGuard } = this.deps;
    const { principal } = caller;
    if (owner.kind === 'user') {
      const { status } = await users.holdWithin(unit, owner.id);
      await accountGuard.assertMayManage(unit, caller, owner.id);
      return { ...owner, active: status === 'active', limit: null };
    }
    // A machine that manages another: each would wait for the other if both were held as they come.
    if (principal.kind === 'service_account' && principal.id < owner.id) {
      await serviceAccounts.holdWithin(unit, principal.id);
    }
    const { enabled, scopes } = await serviceAccounts.holdWithin(unit, owner.id);
    if (!isOwn(principal, owner)) await serviceAccounts.assertMayManage(unit, caller, owner.id);
    return { ...owner, active: enabled, limit: scopes };
  }

  /**
   * Where what the caller makes in this unit comes from. Throws UNAUTHENTICATED when what they came with was ended
   * meanwhile: it, and all that was made with it, must leave nothing behind.
   */
  async originWithin(unit: Unit, { principal }: Caller): Promise<Lineage> {
    if (principal.kind === 'user') {
      if (!(await this.deps.sessions.isOpenWithin(unit, principal.sessionId))) throw errors.UNAUTHENTICATED();
      return lineageOf(principal);
    }
    if (principal.kind !== 'service_account') return lineageOf(principal);
    const [, secretId] = principal.credentialIds;
    // An access token lives for hours and stands in many hands: what is made with it must not outlive it.
    if (secretId === undefined || principal.byAccessToken) throw errors.FORBIDDEN();
    const { enabled } = await this.deps.serviceAccounts.holdWithin(unit, principal.id);
    const from = { id: secretId, serviceAccountId: principal.id, revokedAt: null };
    const secret = await unit.em.findOne(ClientSecret, from, { lockMode: LockMode.PESSIMISTIC_READ });
    if (!enabled || !secret) throw errors.UNAUTHENTICATED();
    return lineageOf(principal);
  }

  /**
   * Throws API_KEY_TOO_WIDE unless the owner and the caller both hold the scopes, by their roles as the transaction sees
   * them: one that is taken away at the same moment is in no key.
   */
  async assertMayGive(
    unit: Unit,
    caller: Caller,
    owner: HeldOwner,
    scopes: readonly string[],
  ): Promise<void> {
    const { access } = this.deps;
    const offered = scopes.every((scope) => this.isOffered(owner, scope));
    const may =
      offered &&
      (await access.holdsWithin(unit, owner, scopes)) &&
      (await access.mayGive(unit, caller, scopes));
    if (!may) throw apiKeyErrors.API_KEY_TOO_WIDE();
  }

  /** Of the scopes of a key those that the caller may still give it. */
  async mayStillGive(unit: Unit, caller: Caller, owner: HeldOwner, { scopes }: ApiKey): Promise<string[]> {
    const { access } = this.deps;
    const given: string[] = [];
    for (const scope of scopes) {
      if (!this.isOffered(owner, scope) || !hasPermission(caller.principal, scope)) continue;
      if (await access.holdsWithin(unit, owner, [scope])) given.push(scope);
    }
    return given;
  }

  private isOffered({ limit }: HeldOwner, scope: string): boolean {
    return this.deps.registry.has(scope) && !BEYOND_KEYS.has(scope) && (limit?.includes(scope) ?? true);
  }
}

/** The account that somebody came with, if it can own keys. */
export function ownerOf(principal: Principal): KeyOwner | null {
  const { kind } = principal;
  return kind === 'user' || kind === 'service_account' ? { kind, id: principal.id } : null;
}

/** Whether the owner is the caller themself. */
export function isOwn(principal: Principal, owner: KeyOwner): boolean {
  return principal.kind === owner.kind && 'id' in principal && principal.id === owner.id;
}

/**
 * Whether the caller may do it to the keys of that owner: to their own, or with the permission. What comes with an access
 * token is good for the token's scopes alone, whoever's the keys are.
 */
export function mayTouch({ principal }: Caller, owner: KeyOwner, permission: string): boolean {
  if (principal.kind === 'api_key') return false;
  const byToken = principal.kind === 'service_account' && principal.byAccessToken;
  return (isOwn(principal, owner) && !byToken) || hasPermission(principal, permission);
}

export function ownerOfKey({ ownerKind, ownerId }: Pick<ApiKey, 'ownerKind' | 'ownerId'>): KeyOwner {
  return { kind: ownerKind, id: ownerId };
}
