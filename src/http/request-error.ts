import { errors, type AuthError } from '../kernel/errors.js';
import { httpErrors } from './http-errors.js';

/** Tells an outage of something we depend on (worth a retry) from a defect. */
export type OutageTest = (error: unknown) => boolean;

/** An error that Fastify raised because of what the client sent. */
export interface RequestError extends Error {
  readonly statusCode: number;
}

/**
 * Whether the client, not we, caused the error. Only Fastify's own errors and the body parser's count: an
 * error of an upstream library may carry a `statusCode` too, and that one is not the client's fault.
 */
export function isRequestError(error: unknown): error is RequestError {
  if (!(error instanceof Error) || !('statusCode' in error)) return false;
  const { statusCode } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return false;
  const fromFastify = 'code' in error && String(error.code).startsWith('FST_');
  // secure-json-parse refuses `__proto__` keys with a plain SyntaxError.
  return fromFastify || error instanceof SyntaxError;
}

/** The published refusal for an error of Fastify's. Its text is not passed on: it quotes the request. */
export function toRefusal(error: RequestError): AuthError {
  if (error.statusCode === 404) return errors.NOT_FOUND({ cause: error });
  if (error.statusCode === 413) return httpErrors.BODY_TOO_LARGE({ cause: error });
  if (error.statusCode === 415) return httpErrors.MEDIA_TYPE_UNSUPPORTED({ cause: error });
  return httpErrors.REQUEST_INVALID({ cause: error });
}

/** Whether the error is an outage. A test that itself fails says no: the request then ends as a defect. */
export function isOutage(error: unknown, isUnavailable: OutageTest): boolean {
  try {
    return isUnavailable(error);
  } catch {
    return false;
  }
}
