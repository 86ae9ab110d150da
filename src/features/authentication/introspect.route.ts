import formBody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { hasPermission } from '../../kernel/caller.js';
import { OAuthError, oauthErrorHandler } from '../../http/oauth-error.js';
import { type OAuthForm, oauthFormOf, parameterOf } from '../../http/oauth-form.js';
import { isDatabaseUnavailable } from '../../platform/database/unavailable.js';
import type { ClientAuthenticationService } from '../service-accounts/client-authentication.service.js';
import type { ActionIntrospectionService, ExpectedAction } from './action-introspection.service.js';
import type { IntrospectionService } from './introspection.service.js';

interface Services {
  readonly introspection: IntrospectionService;
  readonly actionIntrospection: ActionIntrospectionService;
  readonly clientAuthentication: ClientAuthenticationService;
}

/** `POST /auth/introspect` (RFC 7662): whether a token is active, for its resource server. */
export const introspectRoute = (services: Services) => async (server: FastifyInstance) => {
  await server.register(formBody, { bodyLimit: 16_384 });
  server.setErrorHandler(oauthErrorHandler(isDatabaseUnavailable));
  server.post('/auth/introspect', async (request, reply) => {
    const form = oauthFormOf(request);
    const asker = await services.clientAuthentication.byRequest(request.headers, form);
    const token = parameterOf(form, 'token');
    if (token === null) throw new OAuthError('invalid_request', 'The parameter token is missing.');
    if (!hasPermission(asker, 'tokens:introspect')) {
      return reply
        .code(403)
        .send({ error: 'insufficient_scope', error_description: 'tokens:introspect is needed.' });
    }
    const { introspection, actionIntrospection } = services;
    const answer = actionIntrospection.recognises(token)
      ? await actionIntrospection.introspect(asker, token, { ...expectedOf(form), requestId: request.id })
      : await introspection.introspect(asker, token);
    return reply.type('application/json; charset=utf-8').send(asJson(answer));
  });
};

/** Parameters of our own (RFC 7662 §2.1 allows them): what an action token has to be good for. */
function expectedOf(form: OAuthForm): ExpectedAction {
  return {
    action: parameterOf(form, 'action'),
    sessionId: parameterOf(form, 'session_id')?.toLowerCase() ?? null,
  };
}

const written = new WeakMap<object, string>();

/** The service gives the same object for the same answer: it is written as JSON once. */
function asJson(answer: object): string {
  const known = written.get(answer) ?? JSON.stringify(answer);
  written.set(answer, known);
  return known;
}
