import { defineErrors } from '../../../kernel/errors.js';
import { defineEvent } from '../../../kernel/event.js';

export const trustedDeviceErrors = defineErrors({
  TRUSTED_DEVICE_NOT_FOUND: { status: 404, message: 'There is no such trusted device of yours.' },
});

/** Whose doing it was: the owner's, or that of a change which leaves no trust in any device. */
export type DistrustedBy = 'user' | 'limit' | 'account_change' | 'lineage' | 'email_undo';

export const deviceTrusted = defineEvent<{ trustedDeviceId: string }>('device.trusted', {
  audit: 'A device is not asked for a second factor of the account for a while.',
  webhook: true,
  opens: true,
});

/** Sessions that were opened on its trust end with it, but for the kept one. */
export const deviceDistrusted = defineEvent<{
  trustedDeviceId: string;
  by: DistrustedBy;
  keptSessionId: string | null;
}>('device.distrusted', {
  audit: 'A device is asked for a second factor of the account again.',
  webhook: true,
});
