// Introspection as small as it can be while it is still introspection: client authentication, token, session.
// Arguments: the folder of the fixture, `cached` or `verify` (the signature, every time), `map` or `lookup`
// (one prepared read by primary key).
import { createHash, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import Fastify from 'fastify';
import pg from 'pg';
import { serveParent } from '../processes/serve.mjs';
import { readFixture } from './fixture.mjs';
import { createCachedVerifier, createVerifier } from './token-check.mjs';

const [folder, check, source, jwkText] = process.argv.slice(2);
const fixture = readFixture(folder);
const { algorithm, clientId, clientSecret, sessionIds } = fixture;
const options = { jwk: JSON.parse(jwkText), algorithm };
const read = check === 'cached' ? createCachedVerifier(options) : createVerifier(options);

const sha256 = (text) => createHash('sha256').update(text).digest();
const secretHash = sha256(clientSecret);

const pool = source === 'lookup' ? openPool() : null;
const LOOKUP = {
  name: 'lookup',
  text: 'select user_id, expires_at from sessions where id = $1::uuid and revoked_at is null',
};
const isLive = pool
  ? async (sid) => (await pool.query({ ...LOOKUP, values: [sid] })).rows.length === 1
  : (sid) => sessionIds.has(sid);

const server = Fastify();
server.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_request, body, done) => done(null, new URLSearchParams(body)),
);
server.post('/', async (request, reply) => {
  if (!isClient(request.headers.authorization ?? ''))
    return reply.code(401).send({ error: 'invalid_client' });
  const claims = read(request.body.get('token') ?? '');
  if (claims === null || !(await isLive(claims.sid))) return { active: false };
  return { active: true, token_type: 'Bearer', ...claims, permissions: fixture.permissions };
});
await server.listen({ host: '127.0.0.1', port: 0 });
serveParent({ port: () => server.server.address().port });

function isClient(authorization) {
  const pair = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  const colon = pair.indexOf(':');
  return pair.slice(0, colon) === clientId && timingSafeEqual(sha256(pair.slice(colon + 1)), secretHash);
}

function openPool() {
  return new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 * availableParallelism() });
}
