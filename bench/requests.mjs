const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };

const VIEWER = '{ viewer { kind id email roles permissions } }';
const LOGIN =
  'mutation L($input: LoginInput!) { login(input: $input) { __typename ... on LoginSucceeded { tokens { accessToken refreshToken } } } }';
const REFRESH =
  'mutation R($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { accessToken refreshToken } } }';

/** What the load sends; `{item}` is replaced by a token, an address or whatever the scenario rotates. */
export function introspection({ clientId, clientSecret }, path = '/auth/introspect') {
  return post(path, { ...FORM, authorization: basic(clientId, clientSecret) }, 'token={item}');
}

export function peerIntrospection() {
  const authorization = basic('bench', 'bench-secret-bench-secret-bench-secret');
  return post('/token/introspection', { ...FORM, authorization }, 'token={item}');
}

export const validation = {
  method: 'GET',
  path: '/auth/validate',
  headers: { authorization: 'Bearer {item}' },
};

export const keyValidation = {
  method: 'GET',
  path: '/auth/validate',
  headers: { 'x-api-key': '{item}' },
};

/** What better-auth is asked: whose session a cookie is, and whether a key is good. */
export const peerSession = { method: 'GET', path: '/api/auth/get-session', headers: { cookie: '{item}' } };
export const peerKey = post('/verify', JSON_TYPE, JSON.stringify({ key: '{item}' }));

export function viewer(path = '/graphql') {
  return post(path, { ...JSON_TYPE, authorization: 'Bearer {item}' }, JSON.stringify({ query: VIEWER }));
}

export const refresh = post('/graphql', JSON_TYPE, operation(REFRESH, { refreshToken: '{item}' }));

export const login = (password) =>
  post('/graphql', JSON_TYPE, operation(LOGIN, { email: '{item}', password }));

export const logout = post(
  '/graphql',
  JSON_TYPE,
  operation('mutation O($input: LogoutInput) { logout(input: $input) { ok } }', { refreshToken: '{item}' }),
);

function operation(query, input) {
  return JSON.stringify({ query, variables: { input } });
}

function post(path, headers, body) {
  return { method: 'POST', path, headers, body };
}

function basic(id, secret) {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
