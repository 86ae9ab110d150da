/** Why a call did not bring an answer. */
export type EgressReason = 'refused' | 'unreachable' | 'timeout' | 'too_large';

/**
 * A call to the outside failed. The message never quotes the other side; what it said, if anything, is in
 * `cause`, for the log.
 */
export class EgressError extends Error {
  readonly reason: EgressReason;

  constructor(reason: EgressReason, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'EgressError';
    this.reason = reason;
  }
}
