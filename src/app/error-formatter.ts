import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { formatError } from '../graphql/error-format.js';
import { isDatabaseUnavailable } from '../platform/database/unavailable.js';
import type { Logger } from '../platform/logger.js';

/** Turns any error of an operation into its public form; what the public must not see goes to the log. */
export type FormatError = (
  error: GraphQLFormattedError | GraphQLError,
  original: unknown,
  requestId: string,
) => GraphQLFormattedError;

/** The one formatter of both GraphQL transports. */
export function createErrorFormatter(logger: Logger): FormatError {
  const formatter = {
    isUnavailable: isDatabaseUnavailable,
    report: (error: unknown, requestId: string) =>
      logger.error({ err: error, requestId }, 'an operation failed'),
  };
  return (error, original, requestId) => formatError(formatter, error, innermost(original), requestId);
}

/** What a resolver threw, out of the wrappers that graphql-js puts around it. */
function innermost(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? innermost(error.originalError) : error;
}
