import { definePermissions } from '../../kernel/permission.js';

export const auditPermissions = definePermissions({
  'audit:read': 'Read the audit trail.',
  'audit:verify': 'Check that the audit trail has not been tampered with.',
});
