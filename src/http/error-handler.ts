import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError, errors } from '../kernel/errors.js';
import { allowedMethods } from './allowed-methods.js';
import { httpErrors } from './http-errors.js';
import { bearerChallenge } from './oauth-error.js';
import { isOutage, isRequestError, toRefusal, type OutageTest } from './request-error.js';
import { addSecurityHeaders, type SecurityHeadersOptions } from './security-headers.js';

export interface ErrorHandlerOptions {
  /** Whether an error means that the database (or the like) cannot be reached: answered with 503, not 500. */
  readonly isUnavailable: OutageTest;
  /**
   * Whether unknown addresses are answered as well; by default they are. Fastify allows one such handler at the
   * root, and an application that mounts our routes beside its own has it.
   */
  readonly answersUnknown?: boolean;
}

/**
 * Answers every refusal and failure of the instance as problem+json (RFC 9457) under a published code.
 * Whatever is not a published refusal becomes INTERNAL; its text goes to the log and nowhere else.
 * Register it before the routes, so that it knows which methods each address answers.
 */
export const errorHandler = fastifyPlugin(
  async (app: FastifyInstance, options: ErrorHandlerOptions) => {
    app.setErrorHandler((error, request, reply) => {
      const refusal = toAuthError(error, options.isUnavailable);
      logFailure(request, refusal);
      return sendProblem(request, reply, refusal);
    });
    if (options.answersUnknown === false) return;
    const methodsOf = allowedMethods(app);
    app.setNotFoundHandler((request, reply) => {
      const methods = methodsOf(request.url);
      if (methods.length === 0 || methods.includes(request.method)) {
        return sendProblem(request, reply, errors.NOT_FOUND());
      }
      // RFC 9110 §15.5.6: a 405 names the methods that would do.
      reply.header('allow', methods.join(', '));
      return sendProblem(request, reply, httpErrors.METHOD_NOT_ALLOWED());
    });
  },
  { name: 'error-handler' },
);

/**
 * Fastify's `frameworkErrors` option: URLs that no route can be looked up for are refused like everything
 * else. No hook runs for them, so the security headers are added here.
 */
export function answerFrameworkErrors(options: SecurityHeadersOptions) {
  return (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    request.log.debug({ err: error, requestId: request.id }, 'request refused before routing');
    addSecurityHeaders(reply, options);
    sendProblem(request, reply, httpErrors.REQUEST_INVALID({ cause: error }));
  };
}

/** Answers with a refusal as problem+json, for code that runs outside the error handler. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: AuthError): FastifyReply {
  if (refusal.retryAfter !== undefined) reply.header('retry-after', String(refusal.retryAfter));
  // RFC 9110 §11.6.1: every 401 carries a challenge.
  if (refusal.status === 401 && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', bearerChallenge({ realm: 'latchkey' }));
  }
  return reply
    .code(refusal.status)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(refusal, request.id)));
}

function toAuthError(error: unknown, isUnavailable: OutageTest): AuthError {
  if (error instanceof AuthError) return error;
  if (isRequestError(error)) return toRefusal(error);
  if (isOutage(error, isUnavailable)) return errors.SERVICE_UNAVAILABLE({ retryAfter: 1, cause: error });
  return errors.INTERNAL({ cause: error });
}

function logFailure(request: FastifyRequest, refusal: AuthError): void {
  const err = refusal.cause ?? refusal;
  const fields = { err, code: refusal.code, requestId: request.id };
  if (refusal.status >= 500) request.log.error(fields, 'request failed');
  else request.log.debug(fields, 'request refused');
}

function toProblem(refusal: AuthError, requestId: string) {
  return {
    type: `urn:latchkey:error:${refusal.code}`,
    title: refusal.message,
    status: refusal.status,
    code: refusal.code,
    requestId,
    retryAfter: refusal.retryAfter,
    details: refusal.details,
  };
}
