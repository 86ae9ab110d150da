/** The roles that the product brings along. */
export const BUILT_IN_ROLES = {
  system_admin: { description: 'May do everything.', permissions: ['*'] },
  resource_server: {
    description: 'A downstream service: introspects tokens for its audiences and hears of ended sessions.',
    permissions: ['tokens:introspect', 'sessions:watch'],
  },
} as const;

export type BuiltInRole = keyof typeof BUILT_IN_ROLES;

/** Whoever holds it may do everything; one active user always does. */
export const ADMIN_ROLE = 'system_admin' satisfies BuiltInRole;
