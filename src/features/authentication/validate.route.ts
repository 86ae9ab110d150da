import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cookies } from '../../http/cookies.js';
import { bearerChallenge } from '../../http/oauth-error.js';
import { AuthError } from '../../kernel/errors.js';
import type { AccessService } from '../access/access.service.js';
import { bearerToken, type SessionScheme } from './session.scheme.js';

interface Services {
  readonly sessionScheme: SessionScheme;
  readonly access: AccessService;
  readonly ownAudience: string;
  readonly cookies: Cookies;
}

/**
 * `GET /auth/validate`: for gateways (nginx `auth_request`, Caddy and Traefik forward-auth). 200 with the
 * identity in headers, or 401 with a challenge (RFC 6750 §3); never a redirect, never a body. It tells who a
 * browser's cookie belongs to, as it would of a header; what the request is for is the gateway's business.
 */
export const validateRoute = (services: Services) => (server: FastifyInstance) => {
  server.get('/auth/validate', async (request, reply) => {
    const { authorization } = request.headers;
    const token =
      authorization === undefined
        ? services.cookies.accessTokenOf(request.headers)
        : bearerToken(authorization);
    if (token === null) return refuse(reply, authorization === undefined ? null : 'malformed');
    const audience = audienceOf(request) ?? services.ownAudience;
    try {
      const { claims, session } = await services.sessionScheme.verify(token, audience);
      const { roles, permissions } = await services.access.grantsOf({ kind: 'user', id: session.userId });
      return await reply
        .code(200)
        .headers({
          'x-auth-subject': claims.sub,
          'x-auth-principal-type': 'user',
          'x-auth-session': claims.sid,
          'x-auth-roles': roles.map(encodeURIComponent).join(','),
          'x-auth-scopes': [...permissions].map(encodeURIComponent).join(','),
          // Only a proved address: whoever keys on it would let anybody in who signed up with it.
          ...(session.emailVerified ? { 'x-auth-email': encodeURIComponent(session.email) } : {}),
        })
        .send();
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) return refuse(reply, error.message);
      throw error;
    }
  });
};

function audienceOf({ query }: FastifyRequest): string | undefined {
  const { audience } = query as Record<string, unknown>;
  // A parameter given twice is no audience of ours: fail closed.
  return audience === undefined ? undefined : typeof audience === 'string' ? audience : '';
}

function refuse(reply: FastifyReply, reason: string | null): FastifyReply {
  const problem = reason === null ? {} : { error: 'invalid_token' as const, errorDescription: reason };
  return reply
    .code(401)
    .header('www-authenticate', bearerChallenge({ realm: 'latchkey', ...problem }))
    .send();
}
