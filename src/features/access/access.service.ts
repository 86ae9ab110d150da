import { type Caller, hasPermission, systemCaller } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import { lineageOf } from '../../kernel/lineage.js';
import type { EntityManager } from '../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import { accessErrors, roleAssigned, type RoleEnd, roleRevoked } from './access.contract.js';
import type { BuiltInRole } from './built-in-roles.js';
import { GrantParts, type Grants } from './grant-parts.js';
import { getRole, holdRole } from './held-role.js';
import { heldRoles } from './held-roles.js';
import { covers, EVERYTHING } from './power.policy.js';
import type { Role } from './role.entity.js';
import { RoleAssignment, type RoleHolder } from './role-assignment.entity.js';
import { moveEnd, type Mover, unmoved } from './role-term.policy.js';
import { forgetStaleGrants } from './stale-grants.js';

export type { Grants };

interface HeldRole {
  readonly name: string;
  readonly permissions: readonly string[];
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null;
}

/** $1 kind and $2 id of the holder, $3 now. */
const ROLES_OF = defineStatement<HeldRole>(
  'access-roles-of',
  `select held.name, held.permissions, extract(epoch from held.expires_at)::float8 * 1000 as "expiresAt"
   from ${heldRoles('$3::timestamptz')} as held
   where held.holder_kind = $1 and held.holder_id = $2::uuid order by held.name`,
);

/** Grants as they are until something expires: milliseconds since the epoch, or null. */
interface TimedGrants {
  readonly grants: Grants;
  readonly until: number | null;
}

/** A role to give, and until when; null for good. */
export interface RoleGift {
  readonly holder: RoleHolder;
  readonly roleName: string;
  readonly expiresAt: Date | null;
}

type Granter = Pick<RoleAssignment, 'grantedBySessionId' | 'grantedByServiceAccountId'>;

interface Deps {
  readonly em: EntityManager;
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  /** Every permission that the mounted features and the operators declare. */
  readonly registry: ReadonlySet<string>;
}

/** Says who may do what, by the roles they hold. Permissions are judged from the database, never from a token. */
export class AccessService {
  private readonly grants: FeedCache<TimedGrants>;
  private readonly parts: GrantParts;

  constructor(private readonly deps: Deps) {
    this.grants = new FeedCache({ feed: deps.feed, max: 20_000 });
    this.parts = new GrantParts(deps.registry);
    forgetStaleGrants(deps.feed, this.grants);
  }

  /** The holder's roles and effective permissions. */
  async grantsOf(holder: RoleHolder): Promise<Grants> {
    const now = this.deps.clock.now();
    const found = await this.grants.get(holder.id, async () => await this.read(holder, now));
    if (found && (found.until === null || found.until > now.getTime())) return found.grants;
    this.grants.drop(holder.id);
    return (await this.read(holder, now)).grants;
  }

  /** What `grantsOf` says of the holder of that id, if it is in memory; undefined where the database has to be asked. */
  recallGrantsOf(holderId: string): Grants | undefined {
    const found = this.grants.peek(holderId);
    const lasts = found && (found.until === null || found.until > this.deps.clock.now().getTime());
    return lasts ? found.grants : undefined;
  }

  /**
   * What a token with these scopes is good for of what its holder may do: the permissions that are in both, and the roles
   * that allow nothing else. Whoever goes by the name of a role would take it for all that the role allows. The same
   * object for the same two objects.
   */
  partOf(grants: Grants, scopes: readonly string[]): Grants {
    return this.parts.partOf(grants, scopes);
  }

  /** The names of the roles of many users, given to them or to their groups, for loaders. */
  async rolesOfUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return await this.rolesOfMany('user', userIds);
  }

  /** The names of the roles of many holders of one kind, for loaders. */
  async rolesOfMany(
    kind: RoleHolder['kind'],
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string[]>> {
    const rows: { holder_id: string; roles: string[] }[] = await this.deps.em.fork().execute(
      `select held.holder_id, array_agg(distinct held.name::text order by held.name::text) as roles
       from ${heldRoles('?::timestamptz')} as held
       where held.holder_kind = ? and held.holder_id = any(?::uuid[]) group by held.holder_id`,
      [this.deps.clock.now().toISOString(), kind, `{${ids.join(',')}}`],
    );
    return new Map(rows.map((row) => [row.holder_id, row.roles]));
  }

  /** Gives a role for good within `unit`; given again it changes nothing. Throws as `assignUntil`. */
  async assign(unit: Unit, caller: Caller, holder: RoleHolder, roleName: string): Promise<void> {
    await this.assignUntil(unit, caller, { holder, roleName, expiresAt: null });
  }

  /**
   * Gives a role within `unit`, until `expiresAt` or for good; given again it changes the expiry alone, and stays
   * theirs who gave it first; what it is longer by is the work of whoever makes it so. Throws ROLE_UNKNOWN, and
   * ROLE_TOO_WIDE when the caller does not hold everything the role allows for at least as long.
   */
  async assignUntil(unit: Unit, caller: Caller, { holder, roleName, expiresAt }: RoleGift): Promise<void> {
    const role = await holdRole(unit, roleName);
    await this.assertMayGiveUntil(unit, caller, role.permissions, expiresAt);
    const found = await this.findAssignment(unit, holder, role);
    if (found && found.expiresAt?.getTime() === expiresAt?.getTime()) return;
    if (found) unit.em.assign(found, moveEnd(found, expiresAt, moverOf(caller)));
    else {
      const held = { holderKind: holder.kind, holderId: holder.id, role };
      unit.em.create(RoleAssignment, {
        id: newId(),
        ...held,
        ...granterOf(caller),
        ...unmoved(expiresAt),
        createdAt: unit.now,
      });
    }
    await unit.em.flush();
    const payload = { role: role.name, holderKind: holder.kind, expiresAt: expiresAt?.toISOString() ?? null };
    unit.emit(roleAssigned, { ...about(caller, holder), payload });
  }

  /** Takes a role away within `unit`; taking it twice changes nothing. Throws ROLE_UNKNOWN. */
  async revoke(unit: Unit, caller: Caller, holder: RoleHolder, roleName: string): Promise<void> {
    const role = await getRole(unit, roleName);
    const held = { holderKind: holder.kind, holderId: holder.id, role };
    if ((await unit.em.nativeDelete(RoleAssignment, held)) === 0) return;
    this.tellOfEnd(unit, caller, { holder, role: role.name, reason: 'taken' });
  }

  /** Reports within `unit` that somebody holds a role no more. */
  tellOfEnd(
    unit: Unit,
    caller: Caller,
    { holder, role, reason }: { holder: RoleHolder; role: string; reason: RoleEnd },
  ): void {
    unit.emit(roleRevoked, {
      ...about(caller, holder),
      payload: { role, holderKind: holder.kind, reason },
    });
  }

  /**
   * The assignment of that role to that holder itself, or null: one through a group is none. One that has expired is
   * cleared away, so that a role given anew counts from today.
   */
  async findAssignment(unit: Unit, holder: RoleHolder, role: Role): Promise<RoleAssignment | null> {
    const held = { holderKind: holder.kind, holderId: holder.id, role };
    const found = await unit.em.findOne(RoleAssignment, held, { refresh: true });
    if (!found?.expiresAt || found.expiresAt > unit.now) return found;
    await unit.em.remove(found).flush();
    this.tellOfEnd(unit, systemCaller('consequence'), { holder, role: role.name, reason: 'expired' });
    return null;
  }

  /** The permissions of a holder as their roles write them, `*` included, as the transaction sees them. */
  async permissionsWithin(unit: Unit, holder: RoleHolder): Promise<string[]> {
    return (await this.rolesWithin(unit, holder)).flatMap(({ permissions }) => permissions);
  }

  /** The roles of a holder, as the transaction sees them. */
  async rolesWithin({ em, now }: Unit, { kind, id }: RoleHolder, grantedBefore?: Date): Promise<HeldRole[]> {
    return await em.execute(
      `select held.name, held.permissions, extract(epoch from held.expires_at)::float8 * 1000 as "expiresAt"
       from ${heldRoles('?::timestamptz')} as held
       where held.holder_kind = ? and held.holder_id = ?::uuid and held.since <= ?::timestamptz`,
      [now.toISOString(), kind, id, grantedBefore?.toISOString() ?? 'infinity'],
    );
  }

  /**
   * Whether the caller holds all of `permissions`: by their roles, as the transaction sees them, and by the
   * credential they came with, which may be good for less. The system holds everything.
   */
  async mayGive(unit: Unit, caller: Caller, permissions: readonly string[]): Promise<boolean> {
    return await this.mayGiveBy(unit, caller, permissions, () => true);
  }

  /**
   * Throws ROLE_TOO_WIDE unless the caller holds all of `permissions` by roles that last as long as what is given by them:
   * until `until`, or for good. Who holds something until some day would otherwise keep it beyond, by others or a machine.
   */
  async assertMayGiveUntil(
    unit: Unit,
    caller: Caller,
    permissions: readonly string[],
    until: Date | null,
  ): Promise<void> {
    const end = until?.getTime() ?? Infinity;
    const lasts = ({ expiresAt }: HeldRole): boolean => (expiresAt ?? Infinity) >= end;
    if (!(await this.mayGiveBy(unit, caller, permissions, lasts))) throw accessErrors.ROLE_TOO_WIDE();
  }

  private async mayGiveBy(
    unit: Unit,
    { principal }: Caller,
    permissions: readonly string[],
    counts: (role: HeldRole) => boolean,
  ): Promise<boolean> {
    if (principal.kind === 'system' || permissions.length === 0) return true;
    if (principal.kind === 'anonymous') return false;
    const holder = principal.kind === 'api_key' ? principal.owner : principal;
    const held = (await this.rolesWithin(unit, holder)).filter(counts);
    const theirs = held.flatMap((role) => role.permissions);
    if (!covers(theirs, permissions)) return false;
    const ours = permissions.includes(EVERYTHING) ? [...this.deps.registry] : permissions;
    return ours.every((each) => !this.deps.registry.has(each) || hasPermission(principal, each));
  }

  /**
   * Whether a holder has all of `permissions` by roles alone; with `grantedBefore`, by what they have held since then:
   * neither by a role, nor a place in a group, nor a width of a role that came later.
   */
  async holdsWithin(
    unit: Unit,
    holder: RoleHolder,
    permissions: readonly string[],
    grantedBefore?: Date,
  ): Promise<boolean> {
    const held = await this.rolesWithin(unit, holder, grantedBefore);
    return covers(
      held.flatMap((role) => role.permissions),
      permissions,
    );
  }

  /** Whether anybody holds the role; a group without members is nobody. */
  async isHeldByAnyone(roleName: BuiltInRole): Promise<boolean> {
    const rows: unknown[] = await this.deps.em.fork().execute(
      `select 1 from ${heldRoles('?::timestamptz')} as held
       where held.name = ? and held.holder_kind <> 'group' limit 1`,
      [this.deps.clock.now().toISOString(), roleName],
    );
    return rows.length > 0;
  }

  private async read({ kind, id }: RoleHolder, now: Date): Promise<TimedGrants> {
    const rows = await this.deps.statements.run(ROLES_OF, [kind, id, now.toISOString()]);
    const ends = rows.flatMap(({ expiresAt }) => expiresAt ?? []);
    return {
      grants: this.parts.sumOf(rows),
      until: ends.length === 0 ? null : Math.min(...ends),
    };
  }
}

/** By whom something was given, so that it can be traced to them. */
export function granterOf({ principal }: Caller): Granter {
  return {
    grantedBySessionId: lineageOf(principal).createdBySessionId,
    grantedByServiceAccountId: principal.kind === 'service_account' ? principal.id : null,
  };
}

function moverOf(caller: Caller): Mover {
  const { grantedBySessionId, grantedByServiceAccountId } = granterOf(caller);
  return { extendedBySessionId: grantedBySessionId, extendedByServiceAccountId: grantedByServiceAccountId };
}

function about(caller: Caller, { kind, id }: RoleHolder) {
  return { caller, subject: { type: kind, id }, userId: kind === 'user' ? id : null };
}
