import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';
import { definePermissions } from '../../kernel/permission.js';

export const accessErrors = defineErrors({
  ROLE_UNKNOWN: { status: 422, message: 'There is no such role.' },
  ROLE_TOO_WIDE: { status: 403, message: 'You may not grant what you do not hold yourself.' },
  USER_TOO_POWERFUL: { status: 403, message: 'This account may do more than you: you may not manage it.' },
  LAST_ADMIN: { status: 409, message: 'This is the last active system admin; make another one first.' },
});

/** The subject is the holder. */
export const roleAssigned = defineEvent<{ role: string; holderKind: string }>('role.assigned', {
  audit: 'A role was given to somebody.',
  stream: true,
  webhook: true,
  opens: true,
});

/** The subject is the holder. */
export const roleRevoked = defineEvent<{ role: string; holderKind: string }>('role.revoked', {
  audit: 'A role was taken from somebody.',
  stream: true,
  webhook: true,
});

/** Permissions of the product's own surface that belong to no single feature. */
export const accessPermissions = definePermissions({
  'roles:manage': 'Give roles to users and take them away, as far as one’s own rights go.',
  'schema:read': 'Read the GraphQL schema by introspection in production.',
});
