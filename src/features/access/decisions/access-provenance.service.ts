import type { Clock } from '../../../kernel/clock.js';
import { defineStatement, type Statements } from '../../../platform/database/statements.js';
import { heldRoles } from '../held-roles.js';
import { EVERYTHING } from '../power.policy.js';
import type { RoleHolder } from '../role-assignment.entity.js';

/** Where a permission comes from. */
export interface Provenance {
  /** The name of the role that allows it. */
  readonly role: string;
  /** `role` where it was given to the holder, `group:<name>` where they have it through a group. */
  readonly via: string;
}

/** $1 kind and $2 id of the holder, $3 the permission, $4 now. What is one's own comes before what is a group's. */
const FIND_PROVENANCE = defineStatement<{ role: string; group: string | null }>(
  'access-provenance-of',
  `select held.name as role, g.name as "group"
   from ${heldRoles('$4::timestamptz')} as held left join groups g on g.id = held.group_id
   where held.holder_kind = $1 and held.holder_id = $2::uuid
     and (jsonb_exists(held.permissions, $3) or jsonb_exists(held.permissions, '${EVERYTHING}'))
   order by g.name nulls first, held.name limit 1`,
);

interface Deps {
  readonly statements: Statements;
  readonly clock: Clock;
}

/** Says by which role somebody holds a permission. */
export class AccessProvenanceService {
  constructor(private readonly deps: Deps) {}

  /** The role that gives it at this moment, or null when none does. */
  async find({ kind, id }: RoleHolder, permission: string): Promise<Provenance | null> {
    const { statements, clock } = this.deps;
    const now = clock.now().toISOString();
    const [found] = await statements.run(FIND_PROVENANCE, [kind, id, permission, now]);
    return found ? { role: found.role, via: found.group === null ? 'role' : `group:${found.group}` } : null;
  }
}
