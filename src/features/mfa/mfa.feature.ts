import type { Feature } from '../../platform/feature.js';
import { factorAddedMail } from './factor-added.mail.js';
import { factorRemovedMail } from './factor-removed.mail.js';
import {
  factorEnrolled,
  factorRefused,
  factorRemoved,
  mfaErrors,
  recoveryCodesIssued,
  recoveryCodeUsed,
} from './mfa.contract.js';
import { EmailCodeSchema } from './factors/email-code/email-code.entity.js';
import { passkeyCloned, passkeyErrors, passkeyRenamed } from './factors/passkey/passkey.contract.js';
import { PasskeySchema } from './factors/passkey/passkey.entity.js';
import { PasskeyResolver } from './factors/passkey/passkey.resolver.js';
import { RecoveryCodeSchema } from './factors/recovery-code/recovery-code.entity.js';
import { TotpSchema } from './factors/totp/totp.entity.js';
import { TotpResolver } from './factors/totp/totp.resolver.js';
import { TrustedDeviceSchema } from './trusted-devices/trusted-device.entity.js';

export const mfaFeature: Feature<object> = {
  name: 'mfa',
  needs: ['users', 'challenges', 'lockout'],
  entities: [TotpSchema, RecoveryCodeSchema, EmailCodeSchema, PasskeySchema, TrustedDeviceSchema],
  resolvers: [TotpResolver, PasskeyResolver],
  routes: [],
  jobs: [],
  errors: [mfaErrors, passkeyErrors],
  events: [
    factorEnrolled,
    factorRemoved,
    factorRefused,
    recoveryCodesIssued,
    recoveryCodeUsed,
    passkeyRenamed,
    passkeyCloned,
  ],
  permissions: {},
  mails: [factorAddedMail, factorRemovedMail],
};
