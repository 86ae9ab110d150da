import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';
import type { Cookies } from '../../http/cookies.js';
import { bearerChallenge } from '../../http/oauth-error.js';
import { AuthError } from '../../kernel/errors.js';
import { apiKeyErrors } from '../api-keys/api-keys.contract.js';
import type { AccessService } from '../access/access.service.js';
import type { ApiKeyScheme } from './api-key.scheme.js';
import type { Credentials } from './scheme.js';
import { bearerToken, type SessionScheme } from './session.scheme.js';

interface Services {
  readonly sessionScheme: SessionScheme;
  readonly apiKeyScheme: ApiKeyScheme;
  readonly access: AccessService;
  readonly ownAudience: string;
  readonly cookies: Cookies;
  readonly clientAddress: ClientAddress;
}

/**
 * `GET /auth/validate`: for gateways (nginx `auth_request`, Caddy and Traefik forward-auth). 200 with the
 * identity in headers, or 401 with a challenge (RFC 6750 §3); never a redirect, never a body. It tells who a
 * browser's cookie belongs to, as it would of a header; what the request is for is the gateway's business.
 */
export const validateRoute = (services: Services) => (server: FastifyInstance) => {
  server.get('/auth/validate', async (request, reply) => {
    const credentials = credentialsOf(request, services);
    const { authorization, cookie } = credentials;
    const audience = audienceOf(request) ?? services.ownAudience;
    try {
      if (services.apiKeyScheme.recognises(credentials)) {
        return await reply
          .code(200)
          .headers(await headersOfKey(services, credentials, audience))
          .send();
      }
      const token = authorization === null ? cookie : bearerToken(authorization);
      if (token === null) return await refuse(reply, authorization === null ? null : 'malformed');
      return await reply
        .code(200)
        .headers(await headersOfSession(services, token, audience))
        .send();
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) return refuse(reply, error.message);
      throw error;
    }
  });
};

async function headersOfSession({ sessionScheme, access }: Services, token: string, audience: string) {
  const { claims, session } = await sessionScheme.verify(token, audience);
  const { roles, permissions } = await access.grantsOf({ kind: 'user', id: session.userId });
  return {
    'x-auth-subject': claims.sub,
    'x-auth-principal-type': 'user',
    'x-auth-session': claims.sid,
    'x-auth-roles': listed(roles),
    'x-auth-scopes': listed(permissions),
    // Only a proved address: whoever keys on it would let anybody in who signed up with it.
    ...(session.emailVerified ? { 'x-auth-email': encodeURIComponent(session.email) } : {}),
  };
}

/** A key is good for this API's own audience alone. It names its owner, without the address: it is not they who come. */
async function headersOfKey(services: Services, credentials: Credentials, audience: string) {
  if (audience !== services.ownAudience) throw apiKeyErrors.API_KEY_INVALID();
  const { owner, roles, permissions } = await services.apiKeyScheme.authenticate(credentials);
  return {
    'x-auth-subject': owner.id,
    'x-auth-principal-type': 'api_key',
    'x-auth-roles': listed(roles),
    'x-auth-scopes': listed(permissions),
  };
}

function listed(names: Iterable<string>): string {
  return [...names].map(encodeURIComponent).join(',');
}

function credentialsOf({ headers, raw }: FastifyRequest, { cookies, clientAddress }: Services): Credentials {
  const { authorization = null, 'x-api-key': apiKey = null } = headers;
  const cookie = cookies.accessTokenOf(headers);
  return { authorization, apiKey: [apiKey].flat()[0] ?? null, cookie, ip: clientAddress(raw) };
}

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
