import type { AccessService } from '../features/access/access.service.js';
import type { AccountGuardService } from '../features/access/account-guard.service.js';
import { GroupCredentialsService } from '../features/access/groups/group-credentials.service.js';
import type { GroupMemberService } from '../features/access/groups/group-member.service.js';
import { RoleCredentialsService } from '../features/access/role-credentials.service.js';
import { RoleExtensionCredentialsService } from '../features/access/role-extension-credentials.service.js';
import { RoleWidthCredentialsService } from '../features/access/role-width-credentials.service.js';
import type { RoleHoldersService } from '../features/access/role-holders.service.js';
import { ApiKeyCredentials } from '../features/api-keys/api-key-credentials.service.js';
import type { ApiKeyService } from '../features/api-keys/api-key.service.js';
import type { FactorKindsService } from '../features/mfa/factor-kinds.service.js';
import type { MfaService } from '../features/mfa/mfa.service.js';
import { SecondFactorCredentialsService } from '../features/mfa/second-factor-credentials.service.js';
import type { TrustedDeviceCredentialsService } from '../features/mfa/trusted-devices/trusted-device-credentials.service.js';
import { ClientSecretCredentialsService } from '../features/service-accounts/client-secret-credentials.service.js';
import type { ClientSecretService } from '../features/service-accounts/client-secret.service.js';
import { MachineGuardService } from '../features/service-accounts/machine-guard.service.js';
import { ServiceAccountCredentialsService } from '../features/service-accounts/service-account-credentials.service.js';
import type { ServiceAccountService } from '../features/service-accounts/service-account.service.js';
import { AddressUndoService } from '../features/sessions/lineage/address-undo.service.js';
import { LineageRightsService } from '../features/sessions/lineage/lineage-rights.service.js';
import { LineageService } from '../features/sessions/lineage/lineage.service.js';
import { UprootingService } from '../features/sessions/lineage/uprooting.service.js';
import { LiveSessionService } from '../features/sessions/live-session.service.js';
import { RefreshService } from '../features/sessions/refresh.service.js';
import { SessionAdminService } from '../features/sessions/session-admin.service.js';
import { SessionFactorsService } from '../features/sessions/session-factors.service.js';
import { SessionFlagsService } from '../features/sessions/session-flags.service.js';
import { SessionGuardService } from '../features/sessions/session-guard.service.js';
import { SessionListService } from '../features/sessions/session-list.service.js';
import type { SessionService } from '../features/sessions/session.service.js';
import { SessionTokenService } from '../features/sessions/session-token.service.js';
import type { AudienceService } from '../features/tokens/audience.service.js';
import type { TokenService } from '../features/tokens/token.service.js';
import type { CredentialKind } from '../platform/credential-kind.js';
import type { Infrastructure } from './infrastructure.js';

interface Owners {
  readonly mfa: MfaService;
  readonly factorKinds: FactorKindsService;
  readonly trustedDeviceCredentials: TrustedDeviceCredentialsService;
  readonly apiKeys: ApiKeyService;
  readonly accountGuard: AccountGuardService;
  readonly groupMembers: GroupMemberService;
  readonly serviceAccounts: ServiceAccountService;
  readonly clientSecrets: ClientSecretService;
}

interface Below extends Infrastructure, Owners {
  readonly roleHolders: RoleHoldersService;
  readonly access: AccessService;
  readonly audiences: AudienceService;
  readonly tokens: TokenService;
  readonly sessions: SessionService;
}

/** Floor 4: what else there is to sessions, over all that they can plant. */
export function buildSessionServices(below: Below) {
  const { config } = below;
  const sessionTokens = new SessionTokenService(below);
  const sessionLists = new SessionListService(below);
  new SessionGuardService(below);
  new MachineGuardService(below);
  new SessionFlagsService(below);
  new SessionFactorsService(below);
  return {
    sessionTokens,
    sessionLists,
    sessionAdmin: new SessionAdminService({ ...below, sessionLists }),
    refresh: new RefreshService({ ...below, sessionTokens, settings: config.sessions }),
    liveSessions: new LiveSessionService(below),
    lineage: buildLineage(below),
  };
}

/** What sessions plant, and how that goes again. */
function buildLineage(below: Below) {
  const parts = { ...below, credentialKinds: credentialKindsOf(below) };
  const uprooting = new UprootingService({ ...parts, lineageRights: new LineageRightsService(parts) });
  new AddressUndoService({ ...parts, uprooting });
  return new LineageService({ ...parts, uprooting });
}

/** Everything that a session can plant: whoever adds a kind of credential adds it here. */
function credentialKindsOf(owners: Owners): CredentialKind[] {
  return [
    new SecondFactorCredentialsService(owners),
    owners.trustedDeviceCredentials,
    new ApiKeyCredentials(owners),
    new RoleWidthCredentialsService(),
    new RoleExtensionCredentialsService(owners),
    new RoleCredentialsService(owners),
    new GroupCredentialsService(owners),
    new ServiceAccountCredentialsService(owners),
    new ClientSecretCredentialsService(owners),
  ];
}
