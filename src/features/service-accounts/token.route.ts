import formBody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';
import { OAuthError, oauthErrorHandler } from '../../http/oauth-error.js';
import { type OAuthForm, oauthFormOf, parameterOf } from '../../http/oauth-form.js';
import { isDatabaseUnavailable } from '../../platform/database/unavailable.js';
import type { ClientAuthenticationService } from './client-authentication.service.js';
import type { ClientCredentialsService, IssuedToken } from './client-credentials.service.js';

interface Services {
  readonly clientAuthentication: ClientAuthenticationService;
  readonly clientCredentials: ClientCredentialsService;
  readonly clientAddress: ClientAddress;
}

/** `POST /oauth/token` (RFC 6749 §4.4): an access token for a client secret. */
export const tokenRoute = (services: Services) => async (server: FastifyInstance) => {
  await server.register(formBody, { bodyLimit: 16_384 });
  server.setErrorHandler(oauthErrorHandler(isDatabaseUnavailable));
  server.post('/oauth/token', async (request, reply) => {
    const form = oauthFormOf(request);
    const ip = services.clientAddress(request.raw);
    const client = await services.clientAuthentication.byRequest({ headers: request.headers, form, ip });
    assertClientCredentials(form);
    const wish = { scope: parameterOf(form, 'scope'), audience: audienceOf(form) };
    const issued = await services.clientCredentials.issue(client, wish);
    // RFC 6749 §5.1.
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    return reply.send(answerOf(issued));
  });
};

function assertClientCredentials(form: OAuthForm): void {
  const grantType = parameterOf(form, 'grant_type');
  if (grantType === null) throw new OAuthError('invalid_request', 'The parameter grant_type is missing.');
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'There is no grant but client_credentials.');
  }
}

/** `resource` (RFC 8707), or `audience`, as others call it: of one service, since a token is for one. */
function audienceOf(form: OAuthForm): string | null {
  if (Array.isArray(form['resource'])) {
    throw new OAuthError('invalid_target', 'A token is for one resource: ask for one each.');
  }
  const [resource, audience] = [parameterOf(form, 'resource'), parameterOf(form, 'audience')];
  if (resource !== null && audience !== null && resource !== audience) {
    throw new OAuthError('invalid_target', 'The parameters resource and audience name different services.');
  }
  return resource ?? audience;
}

/** RFC 6749 §5.1. A token without any scope has no `scope` either: the empty text is none (§3.3). */
function answerOf({ accessToken, expiresIn, scopes }: IssuedToken): object {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  };
}
