import * as requests from './requests.mjs';

const CONNECTIONS = 48;
const WRITERS = 32;
/** More than any server here can answer in a second: what is used up ends its cell early. */
export const UNSEEN_PER_SECOND = 6_000;

const OK = { status: 200 };
const ACTIVE = { status: 200, text: '"active":true' };

/**
 * The cells of a round, floors first. `server` is who is measured; `job` is what the load sends to it, or
 * `loop` what it does by itself. In `job`, `items` names a file of the seed.
 */
export function cells({ fixture }) {
  const introspect = (path) => ({
    kind: 'rotating',
    request: requests.introspection(fixture, path),
    expect: ACTIVE,
  });
  const hot = { items: 'hot', prime: true };
  const form = { kind: 'rotating', request: requests.introspection(fixture, '/'), expect: OK, items: 'hot' };
  const json = { kind: 'rotating', request: requests.viewer('/'), expect: OK, items: 'hot' };
  const asViewer = (path) => ({
    kind: 'rotating',
    request: requests.viewer(path),
    expect: { status: 200, text: '"kind":"user"' },
    ...hot,
  });
  const peer = (items) => ({
    kind: 'rotating',
    request: requests.peerIntrospection(),
    expect: ACTIVE,
    items,
  });
  const get = { kind: 'rotating', request: { method: 'GET', path: '/' }, expect: OK };
  return [
    floor('http-get', 'bare node:http GET 200 B (A)', { job: get }),
    floor('http-form', 'bare node:http POST form', { job: form }),
    floor('fastify-form', 'Fastify POST form, constant answer (B)', { job: form }),
    floor('fastify-json', 'Fastify POST JSON, constant answer', { job: json }),
    floor('floor-cached', 'floor: introspect, LRU + map', { job: { ...introspect('/'), ...hot } }),
    floor('floor-verify', 'floor: introspect, signature each time', { job: { ...introspect('/'), ...hot } }),
    floor('floor-lookup', 'floor: introspect, LRU + one PK read', { job: { ...introspect('/'), ...hot } }),
    floor('floor-verify-lookup', 'floor: introspect, signature + one PK read', {
      job: { ...introspect('/'), ...hot },
    }),
    floor('oidc-memory', 'oidc-provider 9 introspection, in memory', { job: peer('oidc-memory') }),
    floor('oidc-postgres', 'oidc-provider 9 introspection, Postgres', { job: peer('oidc-postgres') }),
    floor('better-auth-session', 'better-auth get-session, sqlite in memory', {
      server: 'better-auth',
      job: {
        kind: 'rotating',
        request: requests.peerSession,
        expect: { status: 200, text: '"userId":' },
        items: 'better-auth-session',
      },
    }),
    floor('better-auth-key', 'better-auth verifyApiKey, sqlite in memory', {
      server: 'better-auth',
      job: {
        kind: 'rotating',
        request: requests.peerKey,
        expect: { status: 200, text: '"valid":true' },
        items: 'better-auth-key',
      },
    }),
    ours('introspect', 'introspect, cached', 'http-get', { ...introspect(), ...hot }),
    ours('introspect-key', 'introspect, API key, cached', 'http-get', {
      ...introspect(),
      ...hot,
      items: 'keys',
    }),
    ours('introspect-machine', "introspect, a machine's token, cached", 'http-get', {
      ...introspect(),
      ...hot,
      items: 'machines',
    }),
    ours('introspect-new-token', 'introspect, token not seen before', 'floor-verify', {
      ...introspect(),
      kind: 'once',
      items: 'fresh',
    }),
    ours('introspect-new-session', 'introspect, token and session not seen before', 'floor-verify-lookup', {
      ...introspect(),
      kind: 'once',
      items: 'cold',
    }),
    ours('validate', 'GET /auth/validate, cached', 'http-get', {
      kind: 'rotating',
      request: requests.validation,
      expect: OK,
      ...hot,
    }),
    ours('validate-key', 'GET /auth/validate, API key, cached', 'http-get', {
      kind: 'rotating',
      request: requests.keyValidation,
      expect: OK,
      ...hot,
      items: 'keys',
    }),
    floor('apollo', 'floor: bare Apollo 5 viewer', { job: asViewer('/') }),
    ours('viewer', 'GraphQL viewer', 'apollo', asViewer()),
    floor('refresh-loop-transaction', 'loop: rotation as a transaction', { loop: WRITERS }),
    floor('refresh-loop-statement', 'loop: rotation as one statement', { loop: WRITERS }),
    ours('refresh', 'refreshSession', 'refresh-loop-transaction', {
      kind: 'chained',
      keep: 'refresh',
      request: requests.refresh,
      expect: OK,
      nextItem: '"refreshToken":"([^"]+)"',
      items: 'chains',
      connections: WRITERS,
    }),
    floor('argon2-loop', 'loop: argon2 verify', { loop: WRITERS }),
    ours('login', 'login', 'argon2-loop', {
      kind: 'rotating',
      request: requests.login(fixture.password),
      expect: { status: 200, text: 'LoginSucceeded' },
      items: 'accounts',
      connections: WRITERS,
    }),
  ];
}

function floor(name, title, { job, loop, server = name }) {
  const base = name === 'http-get' || loop !== undefined ? null : 'http-get';
  return { name, title, server, base, job: job && { connections: CONNECTIONS, ...job }, loop };
}

function ours(name, title, base, job) {
  return { name, title, server: 'latchkey', base, job: { connections: CONNECTIONS, ...job } };
}
