import type { Missing } from './decision.js';

/** What a refusal may tell its caller besides the code. Never a secret, never another person's data. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** One line of an error catalogue: the HTTP status and the public sentence. */
export interface ErrorDefinition {
  readonly status: number;
  readonly message: string;
}

export interface ErrorOptions {
  readonly details?: ErrorDetails;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
  /** What the caller would need; told to those who may ask for reasons (`access:explain`) and to nobody else. */
  readonly missing?: Missing;
  /** The internal reason; logged, never sent. */
  readonly cause?: unknown;
}

/**
 * A refusal with a published code. `code`, `status`, `message`, `details` and `retryAfter` are public;
 * `missing` is for callers who may ask for reasons, and `cause` stays in the log.
 */
export class AuthError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  readonly retryAfter: number | undefined;
  readonly missing: Missing | undefined;

  constructor(code: string, definition: ErrorDefinition, options: ErrorOptions = {}) {
    super(definition.message, { cause: options.cause });
    this.name = 'AuthError';
    this.code = code;
    this.status = definition.status;
    this.details = options.details;
    this.retryAfter = options.retryAfter;
    this.missing = options.missing;
  }

  /** The same refusal with these options in the place of its own. */
  told(options: ErrorOptions): AuthError {
    const { code, details, retryAfter, missing, cause } = this;
    return new AuthError(code, this, { details, retryAfter, missing, cause, ...options });
  }
}

/** The catalogue behind a set of error factories, for the published reference. */
export const errorCatalogue = Symbol('error catalogue');

export type ErrorFactories<Codes extends string> = {
  readonly [Code in Codes]: (options?: ErrorOptions) => AuthError;
} & { readonly [errorCatalogue]: Readonly<Record<Codes, ErrorDefinition>> };

/** Declares a feature's errors once: each code becomes a factory, and a row of the published catalogue. */
export function defineErrors<Codes extends string>(
  definitions: Record<Codes, ErrorDefinition>,
): ErrorFactories<Codes> {
  const factories = Object.entries<ErrorDefinition>(definitions).map(([code, definition]) => [
    code,
    (options?: ErrorOptions) => new AuthError(code, definition, options),
  ]);
  const byCode = Object.fromEntries(factories) as Record<Codes, (options?: ErrorOptions) => AuthError>;
  return Object.assign(byCode, { [errorCatalogue]: definitions });
}

/** The refusals that any part of the product may answer. */
export const errors = defineErrors({
  UNAUTHENTICATED: { status: 401, message: 'Sign in first.' },
  STEP_UP_REQUIRED: { status: 403, message: 'Prove again who you are: this needs a fresh proof.' },
  FORBIDDEN: { status: 403, message: 'You may not do this.' },
  INVALID_INPUT: { status: 422, message: 'The input is not valid.' },
  INVALID_CURSOR: { status: 422, message: 'The cursor is not one this list gave out.' },
  NOT_FOUND: { status: 404, message: 'There is no such thing, or you may not see it.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests; wait and try again.' },
  SERVER_BUSY: { status: 503, message: 'The server is busy; wait and try again.' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'A part of the service is unavailable; try again.' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side.' },
});
