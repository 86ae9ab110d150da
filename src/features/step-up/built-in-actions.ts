/**
 * The actions of this product, by the names that `@Allow(stepUp(…))` and `requestAction` know them under; operators add
 * those of their services (`AUTH_ACTIONS`). Published: a name is never changed.
 */
export const BUILT_IN_ACTIONS = [
  'admin_erase_user',
  'change_api_key',
  'change_role',
  'change_service_account',
  'change_user_email',
  'create_api_key',
  'create_client_secret',
  'create_service_account',
  'deactivate_user',
  'delete_user',
  'disable_second_factor',
  'disable_service_account',
  'erase_account',
  'import_users',
  'reactivate_user',
  'register_audience',
  'require_second_factor',
  'revoke_api_keys',
  'revoke_client_secret',
  'revoke_sessions',
  'rotate_client_secret',
  'rotate_signing_key',
  'set_user_password',
  'unlock_user',
] as const;
