import { type Caller, hasPermission } from '../../kernel/caller.js';
import { newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import { accessErrors, roleAssigned, roleRevoked } from './access.contract.js';
import { BUILT_IN_ROLES, type BuiltInRole } from './built-in-roles.js';
import { covers, EVERYTHING } from './power.policy.js';
import { Role } from './role.entity.js';
import { RoleAssignment, type RoleHolder } from './role-assignment.entity.js';

const ROLES_OF = defineStatement<{ name: string; permissions: string[] }>(
  'access-roles-of',
  `select r.name, r.permissions from role_assignments a join roles r on r.id = a.role_id
   where a.holder_kind = $1 and a.holder_id = $2 order by r.name`,
);

/** What somebody may do, and by which roles. */
export interface Grants {
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly statements: Statements;
  readonly feed: EventFeed;
  /** Every permission that the mounted features declare. */
  readonly registry: ReadonlySet<string>;
}

/** Owns roles and who holds them. Permissions are judged from the database, never from a token. */
export class AccessService {
  private readonly grants: FeedCache<Grants>;

  constructor(private readonly deps: Deps) {
    this.grants = new FeedCache({ feed: deps.feed, max: 20_000 });
    for (const { name } of [roleAssigned, roleRevoked]) {
      deps.feed.on(name, ({ subjectId }) => this.grants.drop(subjectId));
    }
  }

  /** The holder's roles and effective permissions. */
  async grantsOf(holder: RoleHolder): Promise<Grants> {
    const found = await this.grants.get(holder.id, async () => {
      const rows = await this.deps.statements.run(ROLES_OF, [holder.kind, holder.id]);
      return { roles: rows.map(({ name }) => name), permissions: this.expand(rows) };
    });
    return found ?? { roles: [], permissions: new Set() };
  }

  /** The names of the roles of many users, for loaders. */
  async rolesOfUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    const rows: { user_id: string; roles: string[] }[] = await this.deps.em.fork().execute(
      `select a.holder_id as user_id, array_agg(r.name::text order by r.name) as roles
       from role_assignments a join roles r on r.id = a.role_id
       where a.holder_kind = 'user' and a.holder_id = any(?::uuid[]) group by a.holder_id`,
      [`{${userIds.join(',')}}`],
    );
    return new Map(rows.map((row) => [row.user_id, row.roles]));
  }

  /** Writes the built-in roles as the code declares them. Safe to run in many processes at once. */
  async ensureBuiltInRoles(): Promise<void> {
    await this.deps.unitOfWork.run(async ({ em, now }) => {
      for (const [name, { description, permissions }] of Object.entries(BUILT_IN_ROLES)) {
        await em.upsert(
          Role,
          { id: newId(), name, description, permissions: [...permissions], builtIn: true, createdAt: now },
          { onConflictFields: ['name'], onConflictMergeFields: ['description', 'permissions', 'builtIn'] },
        );
      }
    });
  }

  /**
   * Gives a role within `unit`; giving it twice changes nothing. Throws ROLE_UNKNOWN, and ROLE_TOO_WIDE when
   * the caller does not hold everything the role allows.
   */
  async assign(unit: Unit, caller: Caller, holder: RoleHolder, roleName: string): Promise<void> {
    const role = await unit.em.findOne(Role, { name: roleName });
    if (!role) throw accessErrors.ROLE_UNKNOWN();
    if (!(await this.mayGive(unit, caller, role.permissions))) throw accessErrors.ROLE_TOO_WIDE();
    const held = { holderKind: holder.kind, holderId: holder.id, role };
    if (await unit.em.findOne(RoleAssignment, held)) return;
    const { principal } = caller;
    const grantedBySessionId = principal.kind === 'user' ? principal.sessionId : null;
    const grantedByServiceAccountId = principal.kind === 'service_account' ? principal.id : null;
    const granted = { grantedBySessionId, grantedByServiceAccountId, createdAt: unit.now };
    unit.em.create(RoleAssignment, { id: newId(), ...held, ...granted, expiresAt: null });
    unit.emit(roleAssigned, {
      caller,
      subject: { type: holder.kind, id: holder.id },
      userId: holder.kind === 'user' ? holder.id : null,
      payload: { role: role.name, holderKind: holder.kind, expiresAt: null },
    });
  }

  /** Takes a role away within `unit`; taking it twice changes nothing. Throws ROLE_UNKNOWN. */
  async revoke(unit: Unit, caller: Caller, holder: RoleHolder, roleName: string): Promise<void> {
    const role = await unit.em.findOne(Role, { name: roleName });
    if (!role) throw accessErrors.ROLE_UNKNOWN();
    const held = { holderKind: holder.kind, holderId: holder.id, role };
    if ((await unit.em.nativeDelete(RoleAssignment, held)) === 0) return;
    unit.emit(roleRevoked, {
      caller,
      subject: { type: holder.kind, id: holder.id },
      userId: holder.kind === 'user' ? holder.id : null,
      payload: { role: role.name, holderKind: holder.kind, reason: 'taken' },
    });
  }

  /** The permissions of a holder as their roles write them, `*` included, as the transaction sees them. */
  async permissionsWithin({ em }: Unit, { kind, id }: RoleHolder): Promise<string[]> {
    const held = await em.find(
      RoleAssignment,
      { holderKind: kind, holderId: id },
      { populate: ['role'], refresh: true },
    );
    return held.flatMap(({ role }) => role.permissions);
  }

  /**
   * Whether the caller holds all of `permissions`: by their roles, as the transaction sees them, and by the
   * credential they came with, which may be good for less. The system holds everything.
   */
  async mayGive(unit: Unit, { principal }: Caller, permissions: readonly string[]): Promise<boolean> {
    if (principal.kind === 'system' || permissions.length === 0) return true;
    if (principal.kind === 'anonymous') return false;
    const holder = principal.kind === 'api_key' ? principal.owner : principal;
    if (!covers(await this.permissionsWithin(unit, holder), permissions)) return false;
    const ours = permissions.includes(EVERYTHING) ? [...this.deps.registry] : permissions;
    return ours.every((each) => !this.deps.registry.has(each) || hasPermission(principal, each));
  }

  /** Whether a holder has all of `permissions` by roles alone; with `grantedBefore`, by those given before that. */
  async holdsWithin(
    { em }: Unit,
    { kind, id }: RoleHolder,
    permissions: readonly string[],
    grantedBefore?: Date,
  ): Promise<boolean> {
    const held = await em.find(
      RoleAssignment,
      {
        holderKind: kind,
        holderId: id,
        ...(grantedBefore === undefined ? {} : { createdAt: { $lte: grantedBefore } }),
      },
      { populate: ['role'], refresh: true },
    );
    return covers(
      held.flatMap(({ role }) => role.permissions),
      permissions,
    );
  }

  /** Whether anybody holds the role. */
  async isHeldByAnyone(roleName: BuiltInRole): Promise<boolean> {
    return (await this.deps.em.fork().count(RoleAssignment, { role: { name: roleName } })) > 0;
  }

  private expand(roles: readonly { readonly permissions: readonly string[] }[]): ReadonlySet<string> {
    const named = roles.flatMap(({ permissions }) => permissions);
    return named.includes(EVERYTHING) ? this.deps.registry : new Set(named);
  }
}
