import type { DocumentNode } from 'graphql';
import { type Caller, hasPermission } from '../kernel/caller.js';
import type { AuthError } from '../kernel/errors.js';
import { asksForSchema, countTokens, LIMITS, limitErrors } from './limits.js';

/** Whether a well-formed document may be run for this very caller. */
export interface DocumentPolicy {
  /** In production the schema is shown to holders of `schema:read` only, suggestions to nobody. */
  readonly production: boolean;
  /** The refusal, or null. */
  judge(document: DocumentNode, caller: Caller): AuthError | null;
}

/** The policy of an environment. */
export function createDocumentPolicy(environment: string): DocumentPolicy {
  const production = environment === 'production';
  return {
    production,
    judge: (document, { principal }) => {
      const reader = hasPermission(principal, 'schema:read');
      const tokens = countTokens(document);
      if (tokens > (reader ? LIMITS.consoleTokens : LIMITS.tokens)) return limitErrors.QUERY_TOO_LARGE();
      if (production && !reader && asksForSchema(document)) return limitErrors.INTROSPECTION_DISABLED();
      return null;
    },
  };
}
