import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ArgumentValidationError } from 'type-graphql';
import { AuthError, errors } from '../kernel/errors.js';
import { isTooDeep } from './documents.js';
import { limitErrors } from './limits.js';
import { messageWithoutValues } from './message-without-values.js';

/** How a transport formats errors: what it knows of outages, and where the unforeseen is logged. */
export interface ErrorFormatter {
  /** Whether the error means that the database cannot be reached right now. */
  isUnavailable(error: unknown): boolean;
  /** Logs what the public must not see. */
  report(error: unknown, requestId: string): void;
}

/** Codes that graphql-js and Apollo give to malformed requests; their message is about the caller's own text. */
const REQUEST_CODES: Readonly<Record<string, number>> = {
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  BAD_USER_INPUT: 400,
  BAD_REQUEST: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  PERSISTED_QUERY_NOT_FOUND: 400,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
};

/** The public form of any error: `extensions` holds code, status, requestId and, where waiting helps, retryAfter. */
export function formatError(
  formatter: ErrorFormatter,
  error: GraphQLFormattedError | GraphQLError,
  original: unknown,
  requestId: string,
): GraphQLFormattedError {
  const place = { locations: error.locations, path: error.path };
  const refusal = toRefusal(formatter, original, requestId);
  if (refusal)
    return { message: refusal.message, ...place, extensions: publicExtensions(refusal, requestId) };
  // Apollo names every refusal of a validation rule GRAPHQL_VALIDATION_FAILED; the rule's own code is inside.
  const inner = original instanceof GraphQLError ? original.extensions : {};
  const known: Record<string, unknown> = { ...error.extensions, ...inner };
  const code = typeof known['code'] === 'string' ? known['code'] : 'GRAPHQL_VALIDATION_FAILED';
  const status = typeof known['status'] === 'number' ? known['status'] : (REQUEST_CODES[code] ?? 400);
  return { message: messageWithoutValues(error), ...place, extensions: { code, status, requestId } };
}

/** The refusal behind an error, or undefined when it is graphql-js's own complaint about the request. */
function toRefusal(formatter: ErrorFormatter, original: unknown, requestId: string): AuthError | undefined {
  if (original instanceof AuthError) {
    if (original.cause !== undefined || original.status >= 500) formatter.report(original, requestId);
    return original;
  }
  if (isTooDeep(original)) return limitErrors.QUERY_TOO_DEEP();
  if (original instanceof ArgumentValidationError) {
    const fields = original.extensions.validationErrors.map(({ property, constraints }) => ({
      field: property,
      reasons: Object.values(constraints ?? {}),
    }));
    return errors.INVALID_INPUT({ details: { fields } });
  }
  if (formatter.isUnavailable(original)) {
    formatter.report(original, requestId);
    return errors.SERVICE_UNAVAILABLE({ retryAfter: 1 });
  }
  if (original instanceof GraphQLError) return isForeseen(original) ? undefined : unforeseen(original);
  return unforeseen(original);

  function unforeseen(cause: unknown): AuthError {
    formatter.report(cause, requestId);
    return errors.INTERNAL();
  }
}

/** A GraphQLError without an inner error was raised about the request, not by a resolver's accident. */
function isForeseen(error: GraphQLError): boolean {
  const code = error.extensions['code'];
  return error.originalError === undefined && (code === undefined || code !== 'INTERNAL_SERVER_ERROR');
}

function publicExtensions(refusal: AuthError, requestId: string): Record<string, unknown> {
  return {
    code: refusal.code,
    status: refusal.status,
    requestId,
    ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
  };
}
