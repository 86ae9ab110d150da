import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../kernel/errors.js';
import { isOutage, isRequestError, type OutageTest } from './request-error.js';

/**
 * Error codes of RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1 and RFC 8707 §2, the two words for our own trouble, and one
 * for a budget that is spent, named as HTTP does (RFC 6585 §4): OAuth has none.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'too_many_requests'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_token_type'
  | 'temporarily_unavailable'
  | 'server_error';

interface OAuthErrorOptions {
  readonly retryAfter?: number | undefined;
  readonly scope?: string;
  readonly cause?: unknown;
}

/** A refusal of an OAuth endpoint. The description is public and meant for the developer of the client. */
export class OAuthError extends Error {
  readonly error: OAuthErrorCode;
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** The scopes that would do, separated by spaces. */
  readonly scope: string | undefined;

  constructor(error: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    super(description, { cause: options.cause });
    this.name = 'OAuthError';
    this.error = error;
    this.status = statusOf[error];
    this.retryAfter = options.retryAfter;
    this.scope = options.scope;
  }
}

/** Answers as RFC 6749 §5.2 prescribes: JSON, never cached, and a challenge when the client was not recognised. */
export function sendOAuthError(reply: FastifyReply, error: OAuthError): FastifyReply {
  const challenge = challengeOf(error);
  if (challenge !== null) reply.header('www-authenticate', challenge);
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
  return reply
    .code(error.status)
    .headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    .type('application/json')
    .send({ error: error.error, error_description: describable(error.message) });
}

/** RFC 6749 §5.2: the scheme that the client came with, Basic where it came with none. RFC 7617 §2: charset. */
function challengeOf({ error, message, scope, status }: OAuthError): string | null {
  if (error === 'invalid_token' || error === 'insufficient_scope') {
    const needed = scope === undefined ? {} : { scope };
    return bearerChallenge({ realm: 'latchkey', error, errorDescription: message, ...needed });
  }
  return status === 401 ? 'Basic realm="latchkey", charset="UTF-8"' : null;
}

/**
 * The `errorHandler` of an OAuth route: its own errors as they are, refusals of a feature under the nearest
 * OAuth name, everything else as `server_error` whose text stays in the log.
 */
export function oauthErrorHandler(isUnavailable: OutageTest) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const answer = toOAuthError(error, isUnavailable);
    if (answer.status >= 500)
      request.log.error({ err: error, requestId: request.id }, 'OAuth request failed');
    return sendOAuthError(reply, answer);
  };
}

export interface BearerChallenge {
  readonly realm: string;
  /** RFC 6750 §3.1, RFC 9470 §3; left out when the request carried no credential at all. */
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication';
  readonly errorDescription?: string;
  /** The scopes that would do, separated by spaces. */
  readonly scope?: string;
  /** How old the user's last proof may be, in seconds (RFC 9470 §3). */
  readonly maxAge?: number;
}

/** A `WWW-Authenticate: Bearer` value (RFC 6750 §3) in which no parameter can end early or start a new header. */
export function bearerChallenge(challenge: BearerChallenge): string {
  const parameters = [
    ['realm', challenge.realm],
    ['error', challenge.error],
    ['error_description', challenge.errorDescription && describable(challenge.errorDescription)],
    ['scope', challenge.scope],
    ['max_age', challenge.maxAge?.toString()],
  ] as const;
  const written = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(value)}`],
  );
  return `Bearer ${written.join(', ')}`;
}

const statusOf: Record<OAuthErrorCode, number> = {
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  too_many_requests: 429,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_token_type: 400,
  temporarily_unavailable: 503,
  server_error: 500,
};

function toOAuthError(error: unknown, isUnavailable: OutageTest): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof AuthError) return fromAuthError(error);
  if (isRequestError(error)) return new OAuthError('invalid_request', 'The request is malformed.');
  if (isOutage(error, isUnavailable)) {
    return new OAuthError('temporarily_unavailable', 'Try again.', { retryAfter: 1, cause: error });
  }
  return new OAuthError('server_error', 'Something went wrong on our side.', { cause: error });
}

function fromAuthError(error: AuthError): OAuthError {
  const options = { cause: error, retryAfter: error.retryAfter };
  if (error.status === 401) return new OAuthError('invalid_client', error.message, options);
  if (error.status === 429) return new OAuthError('too_many_requests', error.message, options);
  if (error.status === 503) {
    return new OAuthError('temporarily_unavailable', error.message, options);
  }
  if (error.status >= 500) return new OAuthError('server_error', error.message, options);
  return new OAuthError('invalid_request', error.message, options);
}

/** RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E, that is printable ASCII without `"` and `\`. */
function describable(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, ' ');
}

/** RFC 9110 §5.6.4 quoted-string. */
function quoted(value: string): string {
  const printable = value.replaceAll(/[^\x20-\x7E]/g, ' ');
  return `"${printable.replaceAll(/["\\]/g, '\\$&')}"`;
}
