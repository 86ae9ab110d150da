/**
 * Who may have each field, as the product promises it to people: written by hand from its documents, and never from the
 * rules in the code, which are what it judges. A field that is missing here fails the matrix by name.
 *
 * - `public`: anybody, signed in or not. `authenticated`: whoever proved an identity, of whatever kind.
 * - `user`: a person who is signed in. `owner`: the person whose thing it is about.
 * - `users:read`: whoever holds the permission, of whatever kind; with `&`, all of them. `person users:read`: people alone;
 *   `account users:read`: service accounts alone.
 * - `+ fresh`: people by a proof within AUTH_FRESH_AUTH_SECONDS, service accounts always, API keys never.
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
  'Mutation.confirmEmailCode (attemptToken)': 'public',
  'Mutation.confirmPasskey': 'user + fresh',
  'Mutation.confirmPasskey (attemptToken)': 'public',
  'Mutation.confirmTotp': 'user + fresh',
  'Mutation.confirmTotp (attemptToken)': 'public',
  'Mutation.enrolEmailCode': 'user + fresh',
  'Mutation.enrolEmailCode (attemptToken)': 'public',
  'Mutation.enrolPasskey': 'user + fresh',
  'Mutation.enrolPasskey (attemptToken)': 'public',
  'Mutation.enrolTotp': 'user + fresh',
  'Mutation.enrolTotp (attemptToken)': 'public',
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
  'User.apiKeys': 'owner | users:read',
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

  // Roles.
  'Mutation.assignRole': 'roles:manage + fresh',
  'Mutation.revokeRole': 'roles:manage + fresh',

  // API keys.
  'Query.apiKeys': 'user',
  'Mutation.createApiKey': 'user + fresh',
  'Mutation.revokeApiKey': 'owner | api_keys:revoke + fresh',

  // Machines, and what they are asked for.
  'Query.audiences': 'audiences:read',
  'Query.serviceAccounts': 'service_accounts:read',
  'Mutation.createServiceAccount': 'service_accounts:create + fresh',
  'Mutation.disableServiceAccount': 'service_accounts:disable + fresh',
  'Mutation.registerAudience': 'audiences:manage + fresh',

  // The trail and the keys.
  'Query.auditEvents': 'audit:read',
  'Query.signingKeys': 'signing_keys:read',
  'Query.verifyAuditChain': 'audit:verify',
  'Mutation.rotateSigningKey': 'signing_keys:rotate + fresh',
};
