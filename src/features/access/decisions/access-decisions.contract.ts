import { defineErrors } from '../../../kernel/errors.js';

export const accessDecisionsErrors = defineErrors({
  ACCESS_ACTION_UNKNOWN: {
    status: 422,
    message: 'There is no permission and no guarded field of that name.',
  },
});
