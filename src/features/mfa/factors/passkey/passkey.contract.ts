import { defineErrors } from '../../../../kernel/errors.js';
import { defineEvent } from '../../../../kernel/event.js';

export const passkeyErrors = defineErrors({
  PASSKEY_REFUSED: {
    status: 422,
    message: 'This is no answer to a passkey that was asked for here and lately; begin again.',
  },
  PASSKEY_TAKEN: { status: 409, message: 'This passkey is registered already.' },
});

export const passkeyRenamed = defineEvent<{ factorId: string }>('passkey.renamed', {
  audit: 'Somebody gave a passkey of theirs another name.',
});

export const passkeyCloned = defineEvent<{ factorId: string }>('passkey.cloned', {
  audit: 'A passkey answered with a counter that had not grown, as a copy of it would; it was refused.',
  webhook: true,
});
