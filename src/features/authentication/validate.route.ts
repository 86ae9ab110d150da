import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddress } from '../../http/client-address.js';
import type { Cookies } from '../../http/cookies.js';
import { bearerChallenge } from '../../http/oauth-error.js';
import { AuthError } from '../../kernel/errors.js';
import type { Metrics, Tally } from '../../platform/metrics.js';
import type { LocalRateLimiter } from '../../platform/rate-limiter.js';
import { validations } from './authentication.contract.js';
import type { Credentials } from './scheme.js';
import { type ValidationQuestion, ValidationQuestions } from './validation-question.js';
import type { Identity, ValidationService } from './validation.service.js';

interface Services {
  readonly validation: ValidationService;
  readonly ownAudience: string;
  readonly cookies: Cookies;
  readonly clientAddress: ClientAddress;
  readonly budgets: { readonly validation: LocalRateLimiter };
  readonly metrics: Metrics;
}

/**
 * `GET /auth/validate`: for gateways (nginx `auth_request`, Caddy and Traefik forward-auth). 200 with the identity in
 * headers, 401 with a challenge (RFC 6750 §3, RFC 9470 §3) or 403; never a redirect. It tells who a browser's cookie
 * belongs to, as it would of a header; what the request is for is the gateway's business.
 */
export const validateRoute = (services: Services) => (server: FastifyInstance) => {
  const { validation, budgets } = services;
  const questions = new ValidationQuestions(services.ownAudience);
  const tallies = talliesOf(services.metrics);
  const tell = (reply: FastifyReply, identity: Identity, question: ValidationQuestion): FastifyReply => {
    budgets.validation.consume(identity.ownerId);
    const lack = validation.lackOf(identity, question);
    tallies[identity.kind][lack ?? 'allowed'].count += 1;
    if (lack === null) return reply.code(200).headers(headersOf(identity)).send();
    return lack === 'permission' ? refuseScope(reply, question) : refuseAge(reply, question);
  };
  const ask = async (reply: FastifyReply, credentials: Credentials, question: ValidationQuestion) => {
    let identity: Identity | null;
    try {
      identity = await validation.identify(credentials, question.audience);
    } catch (error) {
      if (!(error instanceof AuthError) || error.status !== 401) throw error;
      tallies.unauthenticated.count += 1;
      return refuse(reply, 401, { error: 'invalid_token', errorDescription: error.message });
    }
    if (identity === null) {
      tallies.unauthenticated.count += 1;
      return refuse(reply, 401, {});
    }
    return tell(reply, identity, question);
  };
  // No promise where there is nothing to wait for: it would be a good part of what a known answer costs.
  server.get('/auth/validate', (request, reply): Promise<FastifyReply> | undefined => {
    const question = questions.ofUrl(request.raw.url ?? '');
    const credentials = credentialsOf(request, services);
    const identity = validation.recall(credentials, question.audience);
    if (!identity) return ask(reply, credentials, question);
    tell(reply, identity, question);
    return undefined;
  });
};

function talliesOf(metrics: Metrics) {
  const tallies = metrics.counter(validations);
  const of = (kind: string): Readonly<Record<'allowed' | 'permission' | 'freshness', Tally>> => ({
    allowed: tallies.of(kind, 'allowed'),
    permission: tallies.of(kind, 'permission'),
    freshness: tallies.of(kind, 'freshness'),
  });
  return {
    unauthenticated: tallies.of('none', 'unauthenticated'),
    user: of('user'),
    service_account: of('service_account'),
    api_key: of('api_key'),
  };
}

const written = new WeakMap<Identity, Record<string, string>>();

/**
 * Percent-encoded wherever somebody chose the text: no name may end a header or a list. All of them are always there: a
 * gateway that copies those it finds would let the client's own pass in the place of one that is missing.
 */
function headersOf(identity: Identity): Record<string, string> {
  const known = written.get(identity);
  if (known) return known;
  const { kind, ownerId, sessionId, email, roles, permissions } = identity;
  const headers = {
    'x-auth-subject': ownerId,
    'x-auth-principal-type': kind,
    'x-auth-session': sessionId ?? '',
    'x-auth-roles': listed(roles),
    'x-auth-scopes': listed(permissions),
    'x-auth-email': encodeURIComponent(email ?? ''),
  };
  written.set(identity, headers);
  return headers;
}

function listed(names: Iterable<string>): string {
  return [...names].map(encodeURIComponent).join(',');
}

function credentialsOf({ headers, raw }: FastifyRequest, { cookies, clientAddress }: Services): Credentials {
  const { authorization = null, 'x-api-key': apiKey = null } = headers;
  const cookie = cookies.accessTokenOf(headers);
  return { authorization, apiKey: [apiKey].flat()[0] ?? null, cookie, ip: clientAddress(raw) };
}

function refuseScope(reply: FastifyReply, { permissions }: ValidationQuestion): FastifyReply {
  const scope = permissions.length === 0 ? {} : { scope: permissions.join(' ') };
  return refuse(reply, 403, { error: 'insufficient_scope', ...scope });
}

function refuseAge(reply: FastifyReply, { maxAuthAge }: ValidationQuestion): FastifyReply {
  return refuse(reply, 401, {
    error: 'insufficient_user_authentication',
    errorDescription: 'A more recent proof of the user is needed.',
    ...(maxAuthAge === null ? {} : { maxAge: maxAuthAge }),
  });
}

function refuse(
  reply: FastifyReply,
  status: 401 | 403,
  challenge: Omit<Parameters<typeof bearerChallenge>[0], 'realm'>,
): FastifyReply {
  return reply
    .code(status)
    .header('www-authenticate', bearerChallenge({ realm: 'latchkey', ...challenge }))
    .send();
}
