import { postOperation } from '../api/post-operation';
import { renewalDelayMs, tokenLifetimeMs } from './token-lifetime';

export interface Credentials {
  email: string;
  password: string;
}

/** A pair of tokens with the moments, on this machine's clock, when to renew it and when it is over. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  renewAt: number;
  expiresAt: number;
}

export type LoginOutcome =
  | { kind: 'signed-in'; email: string; tokens: TokenPair }
  | { kind: 'another-step'; typename: string };

interface IssuedTokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
}

interface LoginResult {
  __typename: string;
  tokens?: IssuedTokens;
  user?: { email: string };
}

const tokensSelection = 'tokens { accessToken accessTokenExpiresAt refreshToken }';

/** A member of LoginResult other than LoginSucceeded is a step that the account still needs. */
export async function logIn(credentials: Credentials): Promise<LoginOutcome> {
  const { data, answeredAt } = await postOperation<{ login: LoginResult }>({
    query: `mutation Login($input: LoginInput!) {
      login(input: $input) {
        __typename
        ... on LoginSucceeded { ${tokensSelection} user { id email displayName } }
      }
    }`,
    variables: { input: credentials },
  });
  const { __typename: typename, tokens, user } = data.login;
  if (!tokens) return { kind: 'another-step', typename };
  return {
    kind: 'signed-in',
    email: user?.email ?? credentials.email,
    tokens: datedTokens(tokens, answeredAt),
  };
}

export async function refreshTokens(refreshToken: string): Promise<TokenPair> {
  const { data, answeredAt } = await postOperation<{ refreshSession: { tokens: IssuedTokens } }>({
    query: `mutation Refresh($input: RefreshSessionInput!) {
      refreshSession(input: $input) { ${tokensSelection} }
    }`,
    variables: { input: { refreshToken } },
  });
  return datedTokens(data.refreshSession.tokens, answeredAt);
}

export async function logOut({ accessToken, refreshToken }: TokenPair): Promise<void> {
  await postOperation({
    query: 'mutation Logout($input: LogoutInput!) { logout(input: $input) { ok } }',
    variables: { input: { refreshToken } },
    accessToken,
  });
}

function datedTokens(
  { accessToken, accessTokenExpiresAt, refreshToken }: IssuedTokens,
  answeredAt: Date,
): TokenPair {
  const lifetimeMs = tokenLifetimeMs(accessTokenExpiresAt, answeredAt);
  const now = Date.now();
  return {
    accessToken,
    refreshToken,
    renewAt: now + renewalDelayMs(lifetimeMs),
    expiresAt: now + lifetimeMs,
  };
}
