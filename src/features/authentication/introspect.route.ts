import { isIP } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ClientAddress } from '../../http/client-address.js';
import { httpErrors } from '../../http/http-errors.js';
import { OAuthError, oauthErrorHandler } from '../../http/oauth-error.js';
import { acceptForms, type OAuthForm, oauthFormOf, parameterOf } from '../../http/oauth-form.js';
import { hasPermission } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { isDatabaseUnavailable } from '../../platform/database/unavailable.js';
import type { Metrics } from '../../platform/metrics.js';
import type { LocalRateLimiter } from '../../platform/rate-limiter.js';
import type { ActionIntrospectionService, ExpectedAction } from './action-introspection.service.js';
import type { Asker, AskerService } from './asker.service.js';
import { authenticationErrors, introspections, keyChecks } from './authentication.contract.js';
import type { Introspection, IntrospectionService } from './introspection.service.js';
import type { KeyCheckService } from './key-check.service.js';

interface Services {
  readonly askers: AskerService;
  readonly introspection: IntrospectionService;
  readonly actionIntrospection: ActionIntrospectionService;
  readonly keyChecks: KeyCheckService;
  readonly clientAddress: ClientAddress;
  readonly budgets: { readonly introspection: LocalRateLimiter };
  readonly metrics: Metrics;
}

const PERMISSION = 'tokens:introspect';
const BODY_LIMIT_BYTES = 16_384;
const NO_FORM: OAuthForm = {};

/** The short form: one key, and where it was used. */
const keyQuestion = z.object({ api_key: z.string(), client_ip: z.string().nullish() });

/**
 * `POST /auth/introspect`: whether a token is active, for its resource server. A form is a question of RFC 7662, answered
 * in OAuth's words; JSON asks about an API key alone and is answered in the words of this API.
 */
export const introspectRoute = (services: Services) => async (server: FastifyInstance) => {
  acceptForms(server, { bodyLimit: BODY_LIMIT_BYTES });
  const asOAuth = oauthErrorHandler(isDatabaseUnavailable);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (isJson(request)) throw asProblem(error);
    return asOAuth(error, request, reply);
  });
  const byForm = answerForm(services);
  const byJson = answerJson(services);
  // No promise where there is nothing to wait for: it would be a good part of what a known answer costs.
  server.post('/auth/introspect', { bodyLimit: BODY_LIMIT_BYTES }, (request, reply) => {
    return isJson(request) ? byJson(request, reply) : byForm(request, reply);
  });
};

function answerForm(services: Services) {
  const { introspection, actionIntrospection } = services;
  const { ofTokens, ofKeys, ofActions } = talliesOf(services.metrics);
  const tell = (reply: FastifyReply, token: string, answer: Introspection): FastifyReply => {
    const tally = introspection.isKey(token) ? ofKeys : ofTokens;
    (answer.active ? tally.active : tally.inactive).count += 1;
    return sendJson(reply, answer);
  };
  const ask = async (request: FastifyRequest, reply: FastifyReply, form: OAuthForm, known?: Asker) => {
    const asker = known ?? (await askerOf(services, request, form));
    const token = parameterOf(form, 'token');
    if (token === null) throw new OAuthError('invalid_request', 'The parameter token is missing.');
    if (actionIntrospection.recognises(token)) {
      const expected = { ...expectedOf(form), requestId: request.id };
      const answer = await actionIntrospection.introspect(asker, token, expected);
      (answer.active ? ofActions.active : ofActions.inactive).count += 1;
      return sendJson(reply, answer);
    }
    const clientIp = addressOf(parameterOf(form, 'client_ip'));
    return tell(reply, token, await introspection.introspect(asker, token, clientIp));
  };
  return (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined => {
    const form = oauthFormOf(request);
    const token = Object.keys(form).length === 1 ? parameterOf(form, 'token') : null;
    const asker = token === null ? undefined : services.askers.recall(request.headers);
    if (token === null || !asker) return ask(request, reply, form);
    admit(services, asker);
    const answer = introspection.recall(asker, token);
    if (!answer) return ask(request, reply, form, asker);
    tell(reply, token, answer);
    return undefined;
  };
}

function talliesOf(metrics: Metrics) {
  const tallies = metrics.counter(introspections);
  const of = (kind: string) => ({
    active: tallies.of(kind, 'active'),
    inactive: tallies.of(kind, 'inactive'),
  });
  return { ofTokens: of('token'), ofKeys: of('api_key'), ofActions: of('action') };
}

function answerJson(services: Services) {
  const tallies = services.metrics.counter(keyChecks);
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const asker = await askerOf(services, request, NO_FORM);
    const question = keyQuestion.safeParse(request.body);
    if (!question.success) throw httpErrors.REQUEST_INVALID();
    const { api_key: presented, client_ip: clientIp = null } = question.data;
    const answer = await services.keyChecks.check(asker, presented, addressOf(clientIp));
    tallies.of(answer.valid ? 'valid' : answer.code).count += 1;
    return sendJson(reply, answer);
  };
}

async function askerOf(services: Services, request: FastifyRequest, form: OAuthForm): Promise<Asker> {
  const ip = services.clientAddress(request.raw);
  const asker = await services.askers.byRequest({ headers: request.headers, form, ip });
  admit(services, asker);
  return asker;
}

/** Whoever asks pays for it: what others send through one service is charged to no other (ASVS 6.3.1). */
function admit({ budgets }: Services, asker: Asker): void {
  budgets.introspection.consume(asker.kind === 'api_key' ? asker.owner.id : asker.id);
  if (!hasPermission(asker, PERMISSION)) {
    throw new OAuthError('insufficient_scope', `${PERMISSION} is needed.`, { scope: PERMISSION });
  }
}

/** Parameters of our own (RFC 7662 §2.1 allows them): what an action token has to be good for. */
function expectedOf(form: OAuthForm): ExpectedAction {
  return {
    action: parameterOf(form, 'action'),
    sessionId: parameterOf(form, 'session_id')?.toLowerCase() ?? null,
  };
}

/** Where the asker says that the key was used. */
function addressOf(text: string | null): string | null {
  // A zone (RFC 4007 §11) is a name that one machine alone gives to one of its interfaces.
  if (text === null || (isIP(text) !== 0 && !text.includes('%'))) return text;
  throw new OAuthError('invalid_request', 'client_ip is no IP address.');
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}

function asProblem(error: Error): Error {
  if (!(error instanceof OAuthError)) return error;
  if (error.status === 401) return authenticationErrors.CREDENTIAL_INVALID({ cause: error });
  if (error.status === 403) return errors.FORBIDDEN({ cause: error });
  return httpErrors.REQUEST_INVALID({ cause: error });
}

const written = new WeakMap<object, string>();

/** The services give the same object for the same answer: it is written as JSON once. */
function sendJson(reply: FastifyReply, answer: object): FastifyReply {
  let text = written.get(answer);
  if (text === undefined) {
    text = JSON.stringify(answer);
    written.set(answer, text);
  }
  return reply.type('application/json; charset=utf-8').send(text);
}
