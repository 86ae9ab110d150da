import { defineErrors } from '../../../../kernel/errors.js';

export const passwordErrors = defineErrors({
  PASSWORD_REFUSED: { status: 422, message: 'The password does not meet the policy; see details.reasons.' },
  PASSWORD_CHECK_UNAVAILABLE: {
    status: 503,
    message: 'Whether the password was leaked cannot be looked up now; try again.',
  },
});
