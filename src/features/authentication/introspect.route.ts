import formBody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import { hasPermission } from '../../kernel/caller.js';
import { OAuthError, oauthErrorHandler } from '../../http/oauth-error.js';
import { isDatabaseUnavailable } from '../../platform/database/unavailable.js';
import type { ServiceAccountService } from '../service-accounts/service-account.service.js';
import type { ActionIntrospectionService, ExpectedAction } from './action-introspection.service.js';
import { basicCredentials, type ClientCredentials } from './client-secret.scheme.js';
import type { IntrospectionService } from './introspection.service.js';

interface Services {
  readonly introspection: IntrospectionService;
  readonly actionIntrospection: ActionIntrospectionService;
  readonly serviceAccounts: ServiceAccountService;
}

type Form = Readonly<Record<string, unknown>>;

/** `POST /auth/introspect` (RFC 7662): whether a token is active, for its resource server. */
export const introspectRoute = (services: Services) => async (server: FastifyInstance) => {
  await server.register(formBody, { bodyLimit: 16_384 });
  server.setErrorHandler(oauthErrorHandler(isDatabaseUnavailable));
  server.post('/auth/introspect', async (request, reply) => {
    const form = formOf(request);
    const asker = await authenticateClient(services, request, form);
    const token = text(form, 'token');
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
function expectedOf(form: Form): ExpectedAction {
  return { action: text(form, 'action'), sessionId: text(form, 'session_id')?.toLowerCase() ?? null };
}

function formOf({ body, headers }: FastifyRequest): Form {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  if (!isForm || typeof body !== 'object' || body === null) {
    throw new OAuthError('invalid_request', 'Send a form: application/x-www-form-urlencoded.');
  }
  return body as Form;
}

/** client_secret_basic or client_secret_post, never both (RFC 6749 §2.3). */
async function authenticateClient(
  { serviceAccounts }: Services,
  { headers }: FastifyRequest,
  form: Form,
): Promise<ServiceAccountPrincipal> {
  const basic = headers.authorization === undefined ? undefined : basicCredentials(headers.authorization);
  const secret = text(form, 'client_secret');
  if (basic !== undefined && secret !== null) {
    throw new OAuthError('invalid_request', 'Authenticate in one way only.');
  }
  const presented: ClientCredentials | null | undefined =
    basic ?? (secret === null ? null : { clientId: text(form, 'client_id') ?? '', clientSecret: secret });
  if (!presented) throw new OAuthError('invalid_client', 'Client authentication is missing or malformed.');
  return await serviceAccounts.authenticate(presented.clientId, presented.clientSecret);
}

/** One parameter, present once, or null (RFC 6749 §3.2: parameters must not repeat). */
function text(form: Form, name: string): string | null {
  const value = form[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string')
    throw new OAuthError('invalid_request', `The parameter ${name} is repeated.`);
  return value;
}

const written = new WeakMap<object, string>();

/** The service gives the same object for the same answer: it is written as JSON once. */
function asJson(answer: object): string {
  const known = written.get(answer) ?? JSON.stringify(answer);
  written.set(answer, known);
  return known;
}
