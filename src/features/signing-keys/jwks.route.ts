import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { SigningKeyService } from './signing-key.service.js';

/** A minute: a fifth of the time a key is published before it signs. */
const MAX_AGE_SECONDS = 60;

/** `GET /.well-known/jwks.json` (RFC 7517 §5), cacheable, with an ETag. */
export const jwksRoute =
  ({ signingKeys }: { signingKeys: SigningKeyService }) =>
  (server: FastifyInstance) => {
    server.get('/.well-known/jwks.json', async (request, reply) => {
      const body = JSON.stringify(await signingKeys.jwks());
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
      reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`).header('etag', etag);
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.type('application/jwk-set+json').send(body);
    });
  };

/** Weak comparison with each entry of the list, as RFC 9110 §13.1.2 has it. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const held = (ifNoneMatch ?? '').split(',').map((entry) => entry.trim().replace(/^W\//, ''));
  return held.includes(etag) || held.includes('*');
}
