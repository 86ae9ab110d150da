import type { AccessService } from '../features/access/access.service.js';
import type { AccountGuardService } from '../features/access/account-guard.service.js';
import { RoleCredentialsService } from '../features/access/role-credentials.service.js';
import { ApiKeyCredentials } from '../features/api-keys/api-key-credentials.service.js';
import type { ApiKeyService } from '../features/api-keys/api-key.service.js';
import type { MfaService } from '../features/mfa/mfa.service.js';
import { SecondFactorCredentialsService } from '../features/mfa/second-factor-credentials.service.js';
import type { TrustedDeviceCredentialsService } from '../features/mfa/trusted-devices/trusted-device-credentials.service.js';
import { ServiceAccountCredentialsService } from '../features/service-accounts/service-account-credentials.service.js';
import type { ServiceAccountService } from '../features/service-accounts/service-account.service.js';
import { AddressUndoService } from '../features/sessions/lineage/address-undo.service.js';
import { LineageRightsService } from '../features/sessions/lineage/lineage-rights.service.js';
import { LineageService } from '../features/sessions/lineage/lineage.service.js';
import { UprootingService } from '../features/sessions/lineage/uprooting.service.js';
import type { SessionService } from '../features/sessions/session.service.js';
import type { CredentialKind } from '../platform/credential-kind.js';
import type { Infrastructure } from './infrastructure.js';

interface Owners {
  readonly mfa: MfaService;
  readonly trustedDeviceCredentials: TrustedDeviceCredentialsService;
  readonly apiKeys: ApiKeyService;
  readonly accountGuard: AccountGuardService;
  readonly serviceAccounts: ServiceAccountService;
}

/** Floor 4: what sessions plant, and how that goes again. */
export function buildLineage(
  below: Infrastructure & Owners & { readonly access: AccessService; readonly sessions: SessionService },
) {
  const parts = { ...below, credentialKinds: credentialKindsOf(below) };
  const uprooting = new UprootingService({ ...parts, lineageRights: new LineageRightsService(parts) });
  new AddressUndoService({ ...parts, uprooting });
  return { lineage: new LineageService({ ...parts, uprooting }) };
}

/** Everything that a session can plant: whoever adds a kind of credential adds it here. */
function credentialKindsOf(owners: Owners): readonly CredentialKind[] {
  return [
    new SecondFactorCredentialsService(owners),
    owners.trustedDeviceCredentials,
    new ApiKeyCredentials(owners),
    new RoleCredentialsService(owners),
    new ServiceAccountCredentialsService(owners),
  ];
}
