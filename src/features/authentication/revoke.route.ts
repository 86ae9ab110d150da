import formBody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';
import { OAuthError, oauthErrorHandler } from '../../http/oauth-error.js';
import { oauthFormOf, parameterOf } from '../../http/oauth-form.js';
import type { Caller } from '../../kernel/caller.js';
import { isDatabaseUnavailable } from '../../platform/database/unavailable.js';
import type { ClientAuthenticationService } from '../service-accounts/client-authentication.service.js';
import type { RevocationService } from './revocation.service.js';

/** Longer ones are cut: they are stored with audit rows. */
const MAX_USER_AGENT_LENGTH = 500;

interface Services {
  readonly clientAuthentication: ClientAuthenticationService;
  readonly revocation: RevocationService;
  readonly clientAddress: ClientAddress;
}

/**
 * `POST /oauth/revoke` (RFC 7009): a service account ends an access token or API key of its own. 200 for everything
 * else as well. RFC 7009 §2.1 has the client told that a token is not its own; here that would let any client find out
 * which of the texts it came by are good somewhere.
 */
export const revokeRoute = (services: Services) => async (server: FastifyInstance) => {
  await server.register(formBody, { bodyLimit: 16_384 });
  server.setErrorHandler(oauthErrorHandler(isDatabaseUnavailable));
  server.post('/oauth/revoke', async (request, reply) => {
    const form = oauthFormOf(request);
    const ip = services.clientAddress(request.raw);
    const client = await services.clientAuthentication.byRequest({ headers: request.headers, form, ip });
    const token = parameterOf(form, 'token');
    if (token === null) throw new OAuthError('invalid_request', 'The parameter token is missing.');
    await services.revocation.revoke(callerOf(request, client, ip), client.id, token);
    return reply.header('cache-control', 'no-store').code(200).send();
  });
};

function callerOf(
  { headers, id: requestId }: FastifyRequest,
  principal: Caller['principal'],
  ip: string | null,
): Caller {
  const userAgent = headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
  return { principal, ip, userAgent, place: null, deviceId: null, requestId };
}
