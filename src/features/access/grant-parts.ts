import { EVERYTHING } from './power.policy.js';

/** What somebody may do, and by which roles. */
export interface Grants {
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
}

/** A role as it is written, `*` included. */
interface WrittenRole {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** Adds up roles to grants, and knows which part of such grants a token carries. */
export class GrantParts {
  /** The roles that grants are the sum of. */
  private readonly roles = new WeakMap<Grants, readonly WrittenRole[]>();
  /** By the scopes of a token. */
  private readonly parts = new WeakMap<readonly string[], { readonly of: Grants; readonly part: Grants }>();

  /** `registry` is every permission that there is. */
  constructor(private readonly registry: ReadonlySet<string>) {}

  /** What these roles allow together. */
  sumOf(roles: readonly WrittenRole[]): Grants {
    const permissions = this.expand(roles.flatMap((role) => role.permissions));
    const grants = { roles: namesOf(roles), permissions };
    this.roles.set(grants, roles);
    return grants;
  }

  /** The permissions that are in both, and the roles that allow nothing else; the same object for the same two objects. */
  partOf(grants: Grants, scopes: readonly string[]): Grants {
    const known = this.parts.get(scopes);
    if (known?.of === grants) return known.part;
    const permissions = new Set(scopes.filter((scope) => grants.permissions.has(scope)));
    const roles = this.roles.get(grants) ?? [];
    const whole = roles.filter((role) =>
      [...this.expand(role.permissions)].every((each) => permissions.has(each)),
    );
    const part = { roles: namesOf(whole), permissions };
    this.parts.set(scopes, { of: grants, part });
    return part;
  }

  private expand(permissions: readonly string[]): ReadonlySet<string> {
    return permissions.includes(EVERYTHING) ? this.registry : new Set(permissions);
  }
}

/** One that somebody holds twice, of themself and by a group, counts once. */
function namesOf(roles: readonly WrittenRole[]): string[] {
  return [...new Set(roles.map(({ name }) => name))];
}
