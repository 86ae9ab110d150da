import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const accessErrors = defineErrors({
  ROLE_UNKNOWN: { status: 422, message: 'There is no such role.' },
  ROLE_TOO_WIDE: { status: 403, message: 'You may not grant what you do not hold yourself.' },
  USER_TOO_POWERFUL: { status: 403, message: 'This account may do more than you: you may not manage it.' },
  ROLE_NAME_TAKEN: { status: 409, message: 'Another role has this name.' },
  ROLE_BUILT_IN: { status: 409, message: 'This role comes with the product and follows the code.' },
  PERMISSION_UNKNOWN: { status: 422, message: 'No such permission is declared.' },
  GROUP_NOT_FOUND: { status: 404, message: 'There is no such group.' },
  GROUP_NAME_TAKEN: { status: 409, message: 'Another group has this name.' },
  LAST_ADMIN: { status: 409, message: 'This is the last active system admin; make another one first.' },
});

/** The subject is the role. */
export const roleCreated = defineEvent<{ role: string; permissions: readonly string[] }>('role.created', {
  audit: 'A role was created.',
  webhook: true,
});

/** The subject is the role. `widened`: whoever holds it may do more from then on, or is known by another name. */
export const roleUpdated = defineEvent<{ role: string; permissions: readonly string[]; widened: boolean }>(
  'role.updated',
  {
    audit: 'What a role allows, or says of itself, was changed.',
    stream: true,
    webhook: true,
    opens: true,
  },
);

/** The subject is the role; nobody holds it any more. */
export const roleDeleted = defineEvent<{ role: string }>('role.deleted', {
  audit: 'A role was deleted, and taken from everybody.',
  stream: true,
  webhook: true,
});

export const groupCreated = defineEvent<{ name: string }>('group.created', {
  audit: 'A group was created.',
  webhook: true,
});

export const groupUpdated = defineEvent<{ name: string }>('group.updated', {
  audit: 'The name or description of a group was changed.',
  webhook: true,
});

/** The subject is the group; its members have lost its roles. */
export const groupDeleted = defineEvent<{ name: string }>('group.deleted', {
  audit: 'A group was deleted.',
  stream: true,
  webhook: true,
});

/** The subject is the group, the user is the member. */
export const groupMemberAdded = defineEvent<{ group: string }>('group_member.added', {
  audit: 'A user was put into a group.',
  stream: true,
  webhook: true,
  opens: true,
});

/** The subject is the group, the user is the former member. */
export const groupMemberRemoved = defineEvent<{ group: string }>('group_member.removed', {
  audit: 'A user was taken out of a group.',
  stream: true,
  webhook: true,
});

/** The subject is the holder: a user, a service account or a group. */
export const roleAssigned = defineEvent<{ role: string; holderKind: string; expiresAt: string | null }>(
  'role.assigned',
  {
    audit: 'A role was given to somebody.',
    stream: true,
    webhook: true,
    opens: true,
  },
);

/** Why a role is no longer held. */
export type RoleEnd = 'taken' | 'expired' | 'lineage';

/** The subject is the holder. */
export const roleRevoked = defineEvent<{ role: string; holderKind: string; reason: RoleEnd }>(
  'role.revoked',
  {
    audit: 'A role was taken from somebody.',
    stream: true,
    webhook: true,
  },
);

/** Permissions of the product's own surface that belong to no single feature. */
export const accessPermissions = definePermissions({
  'roles:read': 'See the roles there are, what they allow, and who holds them.',
  'roles:manage':
    'Create and change roles, give them to users, groups and service accounts, and take them away, as far as one’s own rights go.',
  'groups:read': 'See the groups and who is in them.',
  'groups:manage': 'Create and change groups, and say who is in them, as far as one’s own rights go.',
  'access:explain': 'Be told why something is allowed or refused, for oneself and for anybody.',
  'schema:read': 'Read the GraphQL schema by introspection in production.',
});
