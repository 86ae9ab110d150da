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
  secondFactorRequired,
} from './mfa.contract.js';
import { EmailCodeSchema } from './factors/email-code/email-code.entity.js';
import { EmailCodeResolver } from './factors/email-code/email-code.resolver.js';
import { secondFactorCodeMail } from './factors/email-code/second-factor-code.mail.js';
import { passkeyCloned, passkeyErrors, passkeyRenamed } from './factors/passkey/passkey.contract.js';
import { PasskeySchema } from './factors/passkey/passkey.entity.js';
import { PasskeyResolver } from './factors/passkey/passkey.resolver.js';
import { RecoveryCodeSchema } from './factors/recovery-code/recovery-code.entity.js';
import { recoveryCodesLowMail } from './factors/recovery-code/recovery-codes-low.mail.js';
import { recoveryCodesReplacedMail } from './factors/recovery-code/recovery-codes-replaced.mail.js';
import { purgeUnconfirmedTotpsJob } from './factors/totp/purge-unconfirmed-totps.job.js';
import { TotpSchema } from './factors/totp/totp.entity.js';
import { TotpResolver } from './factors/totp/totp.resolver.js';
import { personalFactors } from './mfa-personal-data.js';
import { OwnFactorsResolver, UserSecondFactorsResolver } from './own-factors.resolver.js';
import { deviceTrustedMail } from './trusted-devices/device-trusted.mail.js';
import { purgeTrustedDevicesJob } from './trusted-devices/purge-trusted-devices.job.js';
import { TrustedDeviceResolver } from './trusted-devices/trusted-device.resolver.js';
import {
  deviceDistrusted,
  deviceTrusted,
  trustedDeviceErrors,
} from './trusted-devices/trusted-devices.contract.js';
import { TrustedDeviceSchema } from './trusted-devices/trusted-device.entity.js';

export const mfaFeature: Feature<object> = {
  name: 'mfa',
  needs: ['users', 'challenges', 'lockout'],
  entities: [TotpSchema, RecoveryCodeSchema, EmailCodeSchema, PasskeySchema, TrustedDeviceSchema],
  resolvers: [
    TotpResolver,
    PasskeyResolver,
    EmailCodeResolver,
    OwnFactorsResolver,
    UserSecondFactorsResolver,
    TrustedDeviceResolver,
  ],
  routes: [],
  jobs: [purgeUnconfirmedTotpsJob, purgeTrustedDevicesJob],
  errors: [mfaErrors, passkeyErrors, trustedDeviceErrors],
  events: [
    secondFactorRequired,
    factorEnrolled,
    factorRemoved,
    factorRefused,
    recoveryCodesIssued,
    recoveryCodeUsed,
    passkeyRenamed,
    passkeyCloned,
    deviceTrusted,
    deviceDistrusted,
  ],
  permissions: {},
  mails: [
    factorAddedMail,
    factorRemovedMail,
    deviceTrustedMail,
    secondFactorCodeMail,
    recoveryCodesLowMail,
    recoveryCodesReplacedMail,
  ],
  personalData: personalFactors,
};
