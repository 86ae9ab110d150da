import { defineErrors } from '../../kernel/errors.js';
import { defineEvent } from '../../kernel/event.js';

export const stepUpErrors = defineErrors({
  PROOF_REFUSED: { status: 401, message: 'That is not the password of the account.' },
  ACTION_UNKNOWN: { status: 422, message: 'There is no such action.' },
  ACTION_REQUEST_INVALID: {
    status: 422,
    message: 'This request is over, or was made in another session; ask for the action again.',
  },
  ACTION_TOKEN_INVALID: { status: 403, message: 'The action token is not good for this.' },
});

export const reauthenticationRefused = defineEvent<Record<string, never>>('reauthentication.refused', {
  audit: 'Somebody with a session did not know the password that they were asked for again.',
  webhook: true,
});

export const actionConfirmed = defineEvent<{ action: string; audience: string; amr: string[] }>(
  'action.confirmed',
  { audit: 'Somebody proved who they are for one action, and got a token for it.', webhook: true },
);

export const actionTokenConsumed = defineEvent<{ action: string; audience: string; sessionId: string }>(
  'action_token.consumed',
  { audit: 'An action token was used up.', webhook: true },
);
