import { LoginAttemptService } from '../features/mfa/attempts/login-attempt.service.js';
import { EnrolmentService } from '../features/mfa/enrolment.service.js';
import { FactorKindsService } from '../features/mfa/factor-kinds.service.js';
import { EmailCodeEnrolmentService } from '../features/mfa/factors/email-code/email-code-enrolment.service.js';
import { EmailCodeFactor } from '../features/mfa/factors/email-code/email-code.factor.js';
import { PasskeyAssertionService } from '../features/mfa/factors/passkey/passkey-assertion.service.js';
import { PasskeyEnrolmentService } from '../features/mfa/factors/passkey/passkey-enrolment.service.js';
import { PasskeyFactor } from '../features/mfa/factors/passkey/passkey.factor.js';
import { RecoveryCodeFactor } from '../features/mfa/factors/recovery-code/recovery-code.factor.js';
import { TotpEnrolmentService } from '../features/mfa/factors/totp/totp-enrolment.service.js';
import { TotpFactor } from '../features/mfa/factors/totp/totp.factor.js';
import { MfaService } from '../features/mfa/mfa.service.js';
import { OwnFactorsService } from '../features/mfa/own-factors.service.js';
import { TrustedDeviceCredentialsService } from '../features/mfa/trusted-devices/trusted-device-credentials.service.js';
import { TrustedDeviceService } from '../features/mfa/trusted-devices/trusted-device.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  DepsOf<typeof LoginAttemptService> &
  DepsOf<typeof RecoveryCodeFactor> &
  DepsOf<typeof TotpFactor> &
  Omit<DepsOf<typeof PasskeyAssertionService>, 'relyingParty'> &
  Omit<DepsOf<typeof MfaService>, 'recoveryCodes' | 'factors'> &
  Omit<DepsOf<typeof EmailCodeFactor>, 'factorKinds'> &
  Omit<DepsOf<typeof TrustedDeviceService>, 'trustedDeviceSeconds'> &
  Omit<DepsOf<typeof EnrolmentService>, 'mfa' | 'loginAttempts' | 'factorKinds'>;

/** Floor 3: second factors, the devices that spare them, and sign-ins that wait for one. */
export function buildMfa(floor2: Below) {
  const { mfa: settings, mailLook } = floor2.config;
  const { productName } = mailLook;
  const factorKinds = new FactorKindsService({ settings });
  const loginAttempts = new LoginAttemptService(floor2);
  const recoveryCodes = new RecoveryCodeFactor(floor2);
  const relyingParty = floor2.config.passkeys;
  const passkeyAssertions = new PasskeyAssertionService({ ...floor2, relyingParty });
  const passkeys = new PasskeyFactor({ ...floor2, passkeyAssertions });
  const emailCodes = new EmailCodeFactor({ ...floor2, factorKinds });
  const factors = [new TotpFactor(floor2), passkeys, emailCodes, recoveryCodes];
  const mfa = new MfaService({ ...floor2, recoveryCodes, factors });
  const enrolments = new EnrolmentService({ ...floor2, mfa, loginAttempts, factorKinds });
  const { trustedDeviceSeconds } = floor2.config.mfa;
  const trustedDevices = new TrustedDeviceService({ ...floor2, trustedDeviceSeconds });
  return {
    factorKinds,
    loginAttempts,
    trustedDevices,
    trustedDeviceCredentials: new TrustedDeviceCredentialsService({ trustedDevices }),
    mfa,
    enrolments,
    recoveryCodes,
    ownFactors: new OwnFactorsService({ ...floor2, mfa, recoveryCodes }),
    totpEnrolments: new TotpEnrolmentService({ ...floor2, enrolments, productName }),
    emailCodeEnrolments: new EmailCodeEnrolmentService({ ...floor2, enrolments, emailCodes, mfa }),
    passkeyAssertions,
    passkeyEnrolments: new PasskeyEnrolmentService({ ...floor2, enrolments, relyingParty, productName }),
  };
}
