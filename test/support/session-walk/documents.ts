const MEMBERS = `__typename
  ... on LoginSucceeded { tokens { accessToken refreshToken } }
  ... on SecondFactorRequired { attemptToken }
  ... on SecondFactorEnrolmentRequired { attemptToken }`;

/** What a walk sends; each takes one input. */
export const documents = {
  login: `mutation ($input: LoginInput!) { login(input: $input) { ${MEMBERS} } }`,
  requestLink:
    'mutation ($input: RequestLoginLinkInput!) { requestLoginLink(input: $input) { challengeId } }',
  loginWithLink: `mutation ($input: LoginWithLinkInput!) { loginWithLink(input: $input) { ${MEMBERS} } }`,
  requestPasskey: 'mutation { requestPasskeyLogin { publicKey } }',
  loginWithPasskey: `mutation ($input: LoginWithPasskeyInput!) {
    loginWithPasskey(input: $input) { ${MEMBERS} } }`,
  enrolPasskey: 'mutation ($input: EnrolPasskeyInput!) { enrolPasskey(input: $input) { publicKey } }',
  confirmPasskey: `mutation ($input: ConfirmPasskeyInput!) {
    confirmPasskey(input: $input) { factor { id } recoveryCodes } }`,
  verify: `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { ${MEMBERS} } }`,
  complete: `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { ${MEMBERS} } }`,
  enrol: 'mutation ($input: EnrolTotpInput!) { enrolTotp(input: $input) { factorId secret } }',
  confirm: `mutation ($input: ConfirmTotpInput!) {
    confirmTotp(input: $input) { factor { id } recoveryCodes } }`,
  remove: `mutation ($input: RemoveSecondFactorInput!) {
    removeSecondFactor(input: $input) { __typename } }`,
  regenerate: 'mutation { regenerateRecoveryCodes { recoveryCodes } }',
  reauthenticate: 'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { __typename } }',
  refresh: `mutation ($input: RefreshSessionInput!) {
    refreshSession(input: $input) { tokens { accessToken refreshToken } } }`,
  revoke: 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { sessionId } }',
  requestReset: `mutation ($input: RequestPasswordResetInput!) {
    requestPasswordReset(input: $input) { __typename } }`,
  reset: 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }',
  require: `mutation ($input: RequireSecondFactorInput!) {
    requireSecondFactor(input: $input) { __typename } }`,
  deactivate: 'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { __typename } }',
  reactivate: 'mutation ($input: ReactivateUserInput!) { reactivateUser(input: $input) { __typename } }',
} as const;

export type DocumentName = keyof typeof documents;
