/**
 * Who may have each field, as the product promises it to people: written by hand from its documents, and never from the
 * rules in the code, which are what it judges. A field that is missing here fails the matrix by name.
 *
 * - `public`: anybody, signed in or not. `authenticated`: whoever proved an identity, of whatever kind.
 * - `user`: a person who is signed in. `account`: a service account. An API key is neither.
 * - `owner`: the person whose thing it is about. `keyholder`: the person or the service account whose key it is about.
 * - `users:read`: whoever holds the permission, of whatever kind; with `&`, all of them. `person users:read`: people alone;
 *   `account users:read`: service accounts alone.
 * - `+ fresh`: people by a proof within AUTH_FRESH_AUTH_SECONDS, service accounts by their client secret, API keys never.
 * - `+ secret`: service accounts by their client secret itself, not by an access token: what is made must not outlive that.
 * - `attempt`: nobody, or a user, whose sign-in waits for it: no machine and no key ever has one.
 * - `|`: one of these is enough.
 *
 * In brackets stands an input that changes who may; the rest of the row's name is the field.
 */
export const expectations: Readonly<Record<string, string>> = {
  // Signing up and in, and what a mail or a waiting sign-in proves: nobody can be signed in for it.
  'Mutation.activateAccount': 'public',
  'Mutation.challengeSecondFactor': 'public',
  'Mutation.completeLogin': 'public',
  'Mutation.confirmEmailChange': 'public',
  'Mutation.login': 'public',
  'Mutation.loginWithLink': 'public',
  'Mutation.loginWithPasskey': 'public',
  'Mutation.logout': 'public',
  'Mutation.refreshSession': 'public',
  'Mutation.requestEmailVerification': 'public',
  'Mutation.requestLoginLink': 'public',
  'Mutation.requestPasskeyLogin': 'public',
  'Mutation.requestPasswordReset': 'public',
  'Mutation.resetPassword': 'public',
  'Mutation.signUp': 'public',
  'Mutation.undoEmailChange': 'public',
  'Mutation.verifyEmail': 'public',
  'Mutation.verifySecondFactor': 'public',
  'Query.passwordResetStatus': 'public',
  'Query.passwordStrength': 'public',

  // Oneself.
  'Query.viewer': 'authenticated',
  'Query.exportMyData': 'user + fresh',
  'Query.sessions': 'user',
  'Mutation.changeEmail': 'user + fresh',
  'Mutation.changePassword': 'user + fresh',
  'Mutation.eraseMe': 'user + fresh',
  'Mutation.revokeOtherSessions': 'user',
  'Mutation.updateProfile': 'user',

  // One's own ways in: never by a key or a machine, and never without a fresh proof.
  'Mutation.confirmEmailCode': 'user + fresh',
  'Mutation.confirmEmailCode (attemptToken)': 'attempt | user + fresh',
  'Mutation.confirmPasskey': 'user + fresh',
  'Mutation.confirmPasskey (attemptToken)': 'attempt | user + fresh',
  'Mutation.confirmTotp': 'user + fresh',
  'Mutation.confirmTotp (attemptToken)': 'attempt | user + fresh',
  'Mutation.enrolEmailCode': 'user + fresh',
  'Mutation.enrolEmailCode (attemptToken)': 'attempt | user + fresh',
  'Mutation.enrolPasskey': 'user + fresh',
  'Mutation.enrolPasskey (attemptToken)': 'attempt | user + fresh',
  'Mutation.enrolTotp': 'user + fresh',
  'Mutation.enrolTotp (attemptToken)': 'attempt | user + fresh',
  'Mutation.regenerateRecoveryCodes': 'user + fresh',
  'Mutation.removeSecondFactor': 'owner + fresh',
  'Mutation.renamePasskey': 'owner',
  'Mutation.revokeTrustedDevice': 'owner',

  // Proving again who one is.
  'Mutation.challengeReauthentication': 'user',
  'Mutation.confirmAction': 'user',
  'Mutation.consumeActionToken': 'user | account tokens:introspect',
  'Mutation.reauthenticate': 'user',
  'Mutation.requestAction': 'user',

  // Sessions.
  'Query.session': 'owner | person sessions:read',
  'Query.suspiciousSessions': 'sessions:read',
  'Mutation.revokeEverythingFrom': 'owner + fresh | sessions:revoke + fresh',
  'Mutation.revokeSession': 'owner | person sessions:revoke + fresh',
  'Mutation.revokeSessions': 'sessions:revoke + fresh',
  'Subscription.sessionRevoked': 'user | sessions:watch',
  'Session.createdCredentials': 'owner | sessions:read',
  'Session.timeline': 'owner | sessions:read',

  // People.
  'Query.exportUsers': 'users:list',
  'Query.user': 'users:read',
  'Query.userHistory': 'owner | users:read',
  'Query.users': 'users:list',
  'Mutation.createUser': 'users:create',
  'Mutation.createUser (roles)': 'users:create & roles:manage + fresh',
  'Mutation.deactivateUser': 'users:deactivate + fresh',
  'Mutation.deleteUser': 'users:deactivate + fresh',
  'Mutation.eraseUser': 'users:erase + fresh',
  'Mutation.importUsers': 'users:create + fresh',
  'Mutation.reactivateUser': 'users:deactivate + fresh',
  'Mutation.setUserPassword': 'users:modify + fresh',
  'Mutation.unlockUser': 'users:modify + fresh',
  'Mutation.updateUser': 'users:modify',
  'Mutation.updateUser (email)': 'users:modify + fresh',
  'Mutation.updateUser (emailVerified)': 'users:modify + fresh',
  'Mutation.updateUser (username)': 'users:modify + fresh',
  'User.apiKeys': 'owner | users:read | api_keys:list',
  'User.deletedAt': 'users:read',
  'User.formerEmail': 'users:read',
  'User.lockedUntil': 'users:read',
  'User.metadata': 'owner | users:read',
  'User.recoveryCodesLeft': 'owner',
  'User.roles': 'owner | users:read',
  'User.secondFactors': 'owner | users:read',
  'User.sessions': 'owner | sessions:read',
  'User.trustedDevices': 'owner',

  // Second factors of others: two people have to agree.
  'Query.factorRemovals': 'users:mfa',
  'Mutation.confirmFactorRemoval': 'person users:mfa + fresh',
  'Mutation.disableSecondFactorForUser': 'person users:mfa + fresh',
  'Mutation.requireSecondFactor': 'users:mfa + fresh',
  'Mutation.withdrawFactorRemoval': 'person users:mfa + fresh',

  // Roles and groups: never by a key, which has neither permission, whoever it belongs to.
  'Query.permissions': 'roles:read',
  'Query.role': 'roles:read',
  'Query.roles': 'roles:read',
  'Mutation.assignRole': 'roles:manage + fresh',
  'Mutation.createRole': 'roles:manage + fresh',
  'Mutation.deleteRole': 'roles:manage + fresh',
  'Mutation.revokeRole': 'roles:manage + fresh',
  'Mutation.updateRole': 'roles:manage + fresh',
  'Query.group': 'groups:read',
  'Query.groups': 'groups:read',
  'Mutation.addGroupMember': 'groups:manage + fresh',
  'Mutation.createGroup': 'groups:manage + fresh',
  'Mutation.deleteGroup': 'groups:manage + fresh',
  'Mutation.removeGroupMember': 'groups:manage + fresh',
  'Mutation.updateGroup': 'groups:manage + fresh',
  'Group.members': 'groups:read',
  'Group.roles': 'groups:read',
  'User.groups': 'owner | users:read',

  // What one may, and why.
  'Query.can': 'authenticated',
  'Query.explainAccess': 'access:explain',

  // API keys.
  'Query.apiKeys': 'user | account + secret | api_keys:list',
  'Mutation.createApiKey': 'user + fresh | account + fresh + secret',
  'Mutation.createApiKey (userId)': 'api_keys:create + fresh + secret',
  'Mutation.createApiKey (serviceAccountId)': 'api_keys:create + fresh + secret',
  'Mutation.revokeApiKey': 'keyholder | api_keys:revoke + fresh',
  'Mutation.rotateApiKey': 'keyholder + fresh + secret | api_keys:create + fresh + secret',
  'Mutation.updateApiKey': 'keyholder + fresh + secret | api_keys:modify + fresh + secret',
  'ServiceAccount.apiKeys': 'api_keys:list | service_accounts:read',

  // Machines, and what they are asked for.
  'Query.audiences': 'audiences:read',
  'Query.serviceAccount': 'service_accounts:read',
  'Query.serviceAccounts': 'service_accounts:read',
  'Mutation.createClientSecret': 'service_accounts:modify + fresh + secret',
  'Mutation.createServiceAccount': 'service_accounts:create & roles:manage + fresh + secret',
  'Mutation.createServiceAccount (no roles)': 'service_accounts:create + fresh + secret',
  'Mutation.disableServiceAccount': 'service_accounts:disable + fresh',
  'Mutation.registerAudience': 'audiences:manage + fresh',
  'Mutation.revokeClientSecret': 'service_accounts:modify + fresh',
  'Mutation.rotateClientSecret': 'service_accounts:modify + fresh + secret',
  'Mutation.updateServiceAccount': 'service_accounts:modify + fresh',
  'ServiceAccount.clientSecrets': 'service_accounts:read',
  'ServiceAccount.roles': 'service_accounts:read',

  // The trail and the keys.
  'Query.auditEvents': 'audit:read',
  'Query.signingKeys': 'signing_keys:read',
  'Query.verifyAuditChain': 'audit:verify',
  'Mutation.rotateSigningKey': 'signing_keys:rotate + fresh',
};
