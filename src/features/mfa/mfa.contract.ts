import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';

export const mfaErrors = defineErrors({
  ATTEMPT_INVALID: {
    status: 401,
    message: 'This sign-in is over, or was begun on another device; sign in again.',
  },
  FACTOR_REFUSED: { status: 401, message: 'That does not prove the second factor.' },
  FACTOR_NOT_FOUND: { status: 404, message: 'There is no such second factor, or you may not see it.' },
  FACTOR_UNAVAILABLE: { status: 422, message: 'A second factor of this kind cannot be used here.' },
  FACTOR_RESTS_ON_MAILBOX: {
    status: 422,
    message:
      'All that opens this account is its mailbox, and a code by mail would prove no more. Change the password ' +
      'while you are signed in, or add another factor first.',
  },
  FACTOR_LIMIT_REACHED: {
    status: 409,
    message: 'The account has as many factors of this kind as it may have.',
  },
  REQUIREMENT_IS_OWN: {
    status: 403,
    message: 'Whether your own account must have a second factor is for another admin to decide.',
  },
});

/**
 * How a factor went: its owner, an admin together with another, the undoing of an intruder's work, the owner of an address
 * that nobody had proved before.
 */
export type FactorRemovedBy = 'user' | 'admins' | 'lineage' | 'email_undo' | 'address_proved';

export const factorEnrolled = defineEvent<{ kind: string; factorId: string }>('factor.enrolled', {
  audit: 'An account got another second factor.',
  stream: true,
  webhook: true,
  opens: true,
});

export const factorRemoved = defineEvent<{ kind: string; factorId: string; by: FactorRemovedBy }>(
  'factor.removed',
  { audit: 'A second factor was taken from an account.', stream: true, webhook: true },
);

export const factorRefused = defineEvent<{ kind: string }>('factor.refused', {
  audit: 'Somebody failed to prove a second factor.',
  webhook: true,
});

/** What was opened with a code of the replaced set ends with it, but the session that asks. */
export const recoveryCodesIssued = defineEvent<{ count: number; replacedId: string | null }>(
  'recovery_codes.issued',
  {
    audit: 'An account got new recovery codes; the earlier ones are worth nothing.',
    webhook: true,
    opens: true,
  },
);

export const recoveryCodeUsed = defineEvent<{ left: number }>('recovery_code.used', {
  audit: 'A recovery code was used in the place of a second factor.',
  webhook: true,
});

/** Sessions that began before the deadline end at it, unless the account has a second factor by then. */
export const secondFactorRequired = defineEvent<{ required: boolean; deadline: string | null }>(
  'second_factor.required',
  {
    audit: 'An admin decided whether an account must have a second factor, or a new role asks for one.',
    stream: true,
    webhook: true,
    opens: true,
  },
);
