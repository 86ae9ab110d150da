import type { DomainEvent, EventDefinition } from '../../../kernel/event.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import {
  groupDeleted,
  groupMemberAdded,
  groupMemberRemoved,
  roleAssigned,
  roleCreated,
  roleDeleted,
  roleRevoked,
  roleUpdated,
} from '../../access/access.contract.js';
import type { FactorKindsService } from '../../mfa/factor-kinds.service.js';
import { User } from '../../users/user.entity.js';
import { loginErrors } from '../login.contract.js';

/** What says who may do what. */
const CHANGES: readonly EventDefinition[] = [
  roleCreated,
  roleUpdated,
  roleDeleted,
  roleAssigned,
  roleRevoked,
  groupDeleted,
  groupMemberAdded,
  groupMemberRemoved,
];

interface Deps {
  readonly bus: EventBus;
  readonly factorKinds: FactorKindsService;
  readonly settings: { readonly requiredRoles: readonly string[] };
}

/**
 * Keeps whoever owes a second factor to a role from changing roles: they would give themselves another that allows the
 * same, lay this one down, and owe nothing.
 */
export class RoleChangeGuardService {
  constructor(private readonly deps: Deps) {
    for (const change of CHANGES)
      deps.bus.within(change, async (event, unit) => await this.judge(event, unit));
  }

  /** Throws SECOND_FACTOR_NOT_ENROLLED. */
  private async judge({ caller: { principal } }: DomainEvent, { em }: Unit): Promise<void> {
    // As they came: what they have just laid down counts.
    if (principal.kind !== 'user' || !this.isRequired(principal.roles)) return;
    const user = await em.findOne(User, { id: principal.id });
    if (user && !this.deps.factorKinds.anyOf(user)) throw loginErrors.SECOND_FACTOR_NOT_ENROLLED();
  }

  private isRequired(roles: readonly string[]): boolean {
    return roles.some((role) => this.deps.settings.requiredRoles.includes(role));
  }
}
