import type { DeclaredPermission } from '../features/access/permissions-file.js';
import type { AccessRule } from '../features/access/rules/access-rules.contract.js';
import { AuditRecorder } from '../features/audit/audit.recorder.js';
import { AuditErasureService } from '../features/audit/audit-erasure.service.js';
import { AuditService } from '../features/audit/audit.service.js';
import { RevocationService } from '../features/authentication/revocation.service.js';
import { ChallengeService } from '../features/challenges/challenge.service.js';
import { LockedUsersService } from '../features/lockout/locked-users.service.js';
import { LockoutService } from '../features/lockout/lockout.service.js';
import { ActivationService } from '../features/login/activation/activation.service.js';
import { LeakedPasswordsService } from '../features/login/methods/password/leaked-passwords.service.js';
import { PasswordPolicyService } from '../features/login/methods/password/password-policy.service.js';
import { PasswordReplacementService } from '../features/login/methods/password/password-replacement.service.js';
import { PasswordTransferService } from '../features/login/methods/password/password-transfer.service.js';
import { PasskeyMethod } from '../features/login/methods/passkey/passkey.method.js';
import { PasswordMethod } from '../features/login/methods/password/password.method.js';
import { PasswordService } from '../features/login/methods/password/password.service.js';
import { PasswordChangeService } from '../features/login/password-change/password-change.service.js';
import { PasswordLinkService } from '../features/login/password-link/password-link.service.js';
import { UnprovedAccountService } from '../features/login/password-link/unproved-account.service.js';
import { PasswordCredentialsService } from '../features/login/password-reset/password-credentials.service.js';
import { PasswordResetService } from '../features/login/password-reset/password-reset.service.js';
import { SignUpService } from '../features/login/sign-up/sign-up.service.js';
import { UsernameReservationService } from '../features/login/sign-up/username-reservation.service.js';
import { DataExportService } from '../features/privacy/data-export.service.js';
import { ErasureService } from '../features/privacy/erasure.service.js';
import type { LoginPolicy } from '../features/login/login-demands/login-demands.contract.js';
import type { PersonalTable } from '../features/privacy/personal-table.js';
import { RetentionService } from '../features/privacy/retention.service.js';
import { PasswordStrengthService } from '../features/login/password-strength/password-strength.service.js';
import { SessionService } from '../features/sessions/session.service.js';
import { SigningKeyService } from '../features/signing-keys/signing-key.service.js';
import { AudienceService } from '../features/tokens/audience.service.js';
import { TokenService } from '../features/tokens/token.service.js';
import { EmailChangeService } from '../features/users/email-change.service.js';
import { EmailUndoService } from '../features/users/email-undo.service.js';
import { EmailVerificationService } from '../features/users/email-verification.service.js';
import { ProfileService } from '../features/users/profile.service.js';
import { UserAdminService } from '../features/users/user-admin.service.js';
import { ExportUsersService } from '../features/users/export-users.service.js';
import { ImportUsersService } from '../features/users/import-users.service.js';
import { UserHistoryService } from '../features/users/user-history.service.js';
import { UserSearchService } from '../features/users/user-search.service.js';
import { UserStatusService } from '../features/users/user-status.service.js';
import { UserService } from '../features/users/user.service.js';
import { createClientAddress } from '../http/client-address.js';
import { Cookies } from '../http/cookies.js';
import { keyedFingerprint } from '../platform/crypto/fingerprint.js';
import { buildAccess } from './access-services.js';
import { buildDecisions, buildSubjects } from './decision-services.js';
import { buildApiKeys } from './api-key-services.js';
import type { Infrastructure } from './infrastructure.js';
import { buildIntrospection } from './introspection-services.js';
import { buildMachines } from './machine-services.js';
import { buildMfa } from './mfa-services.js';
import { buildSchemes } from './scheme-services.js';
import { buildSessionServices } from './session-services.js';
import { buildFactorRemovals, buildLoginLinks } from './login-link-services.js';
import { buildLogin } from './login-services.js';
import { buildStepUp } from './step-up-services.js';

/** How long a device or network from which somebody signed in counts as theirs, in seconds: 90 days. */
const KNOWN_SECONDS = 90 * 86_400;

/** What the manifests of the features say, for services that need all of them. */
interface Declared {
  /** The permissions of the mounted features, and the operators' own. */
  readonly declaredPermissions: readonly DeclaredPermission[];
  /** Their names. */
  readonly registry: ReadonlySet<string>;
  readonly personalTables: readonly PersonalTable[];
  /** What the operator's own module asks of sign-ins; null where there is none. */
  readonly loginPolicy: LoginPolicy | null;
  /** What the operator's own module asks of those who may do something. */
  readonly declaredRules: readonly AccessRule[];
}

/** Builds every service, floor by floor: the order is the proof that none needs one above it. */
export function buildServices(infrastructure: Infrastructure, declared: Declared) {
  const floor4 = buildIdentities(buildGround({ ...infrastructure, ...declared }));
  return { ...buildDoors(floor4), ...buildPrivacy(floor4) };
}

/** Floors 1 and 2: what all others stand on. */
function buildGround(floor0: Infrastructure & Declared) {
  const { config } = floor0;
  const auditErasure = new AuditErasureService(floor0);
  new AuditRecorder({ ...floor0, auditErasure });
  const floor1 = {
    ...floor0,
    auditErasure,
    audit: new AuditService(floor0),
    challenges: new ChallengeService(floor0),
    lockout: new LockoutService({ ...floor0, ...lockoutParts(floor0) }),
    signingKeys: new SigningKeyService({
      ...floor0,
      settings: config.signing,
      tokenTtlSeconds: config.tokens.accessTtlSeconds,
    }),
  };

  const people = buildUsers(floor1);
  return {
    ...floor1,
    ...people,
    ...buildUserAdmin({ ...floor1, ...people }),
    tokens: new TokenService({
      ...floor1,
      issuer: config.issuer,
      accessTtlSeconds: config.tokens.accessTtlSeconds,
    }),
    audiences: new AudienceService({ ...floor1, ownAudience: config.audience }),
  };
}

/** What all who count failures, or read or forget them, have in common. */
function lockoutParts({ config, keyring }: Pick<Infrastructure, 'config' | 'keyring'>) {
  return {
    settings: { ...config.lockout, networkFactor: 20, knownSeconds: KNOWN_SECONDS },
    fingerprint: (value: string) => keyedFingerprint(keyring, 'lockout', value),
  };
}

/** Floor 2: people, and the addresses they have. */
function buildUsers(floor1: Infrastructure & { readonly challenges: ChallengeService }) {
  const { accountUrl } = floor1.config.mailLook;
  const users = new UserService({ ...floor1, settings: floor1.config.mfa });
  const emailUndo = new EmailUndoService({ ...floor1, accountUrl });
  return {
    users,
    emailUndo,
    emailVerification: new EmailVerificationService({ ...floor1, accountUrl }),
    emailChange: new EmailChangeService({ ...floor1, emailUndo, accountUrl }),
    profiles: new ProfileService({ ...floor1, users }),
  };
}

/** Floor 2: what admins do with people. */
function buildUserAdmin(
  floor1: Infrastructure &
    ReturnType<typeof buildUsers> & { readonly audit: AuditService; readonly challenges: ChallengeService },
) {
  const lockedUsers = new LockedUsersService({ ...floor1, ...lockoutParts(floor1) });
  return {
    lockedUsers,
    userAdmin: new UserAdminService({ ...floor1, lockedUsers }),
    userStatus: new UserStatusService(floor1),
    userSearch: new UserSearchService({ ...floor1, lockedUsers }),
    userHistory: new UserHistoryService(floor1),
    importUsers: new ImportUsersService({ ...floor1, settings: floor1.config.mfa }),
    exportUsers: new ExportUsersService(floor1),
  };
}

/** Floors 3 and 4: who may do what, and as whom. */
function buildIdentities(floor2: ReturnType<typeof buildGround>) {
  const { config } = floor2;
  const rights = buildAccess(floor2);
  const decisions = buildDecisions({ ...floor2, ...rights });
  const floor3 = { ...floor2, ...rights, ...decisions, ...buildMfa(floor2) };
  const sessions = new SessionService({ ...floor3, settings: config.sessions });
  const machines = buildMachines(floor3);
  const apiKeys = buildApiKeys({ ...floor3, ...machines, sessions });
  const { roleAssignments } = floor3;
  roleAssignments.holdServiceAccountsWith(
    async (unit, id) => void (await machines.serviceAccounts.holdWithin(unit, id)),
  );
  const floor4 = { ...floor3, ...apiKeys, ...machines, sessions };
  const floor5 = { ...floor4, ...buildSessionServices(floor4) };
  buildSubjects(floor5);
  return floor5;
}

/** Floor 5: the ways in. */
function buildDoors(floor4: ReturnType<typeof buildIdentities>) {
  const { config, budgets } = floor4;
  const passwordPolicy = new PasswordPolicyService({
    ...floor4,
    settings: config.passwords,
    productName: config.mailLook.productName,
    leakedPasswords: new LeakedPasswordsService({ ...floor4, url: config.passwords.breachCheckUrl }),
  });
  const passwords = new PasswordService({ ...floor4, passwordPolicy });
  new PasswordTransferService(floor4);
  const passwordFlows = buildPasswordFlows({ ...floor4, passwords });
  const stepUp = buildStepUp({ ...floor4, passwords });
  const schemes = buildSchemes(floor4);
  return {
    ...floor4,
    ...stepUp,
    ...schemes,
    ...buildIntrospection({ ...floor4, ...stepUp, ...schemes }),
    revocation: new RevocationService(floor4),
    passwordPolicy,
    passwordStrength: new PasswordStrengthService({ passwordPolicy, budget: budgets.passwordStrength }),
    passwords,
    ...passwordFlows,
    ...buildLoginLinks({ ...floor4, passwords }),
    ...buildFactorRemovals(floor4),
    passwordMethod: new PasswordMethod({ ...floor4, passwords }),
    passkeyMethod: new PasskeyMethod({ ...floor4, enabled: config.passkeys.login }),
    ...buildLogin(floor4),
    cookies: new Cookies(config.sessionCookies),
    clientAddress: createClientAddress(config.server.trustedProxies),
    ownAudience: config.audience,
    issuer: config.issuer,
    publicUrl: config.server.publicUrl,
  };
}

/** Floor 5: what people may know of what is kept about them, and how it ends. */
function buildPrivacy(floor4: ReturnType<typeof buildIdentities>) {
  const erasure = new ErasureService(floor4);
  return {
    erasure,
    dataExport: new DataExportService(floor4),
    retention: new RetentionService({ ...floor4, erasure }),
  };
}

/** The ways in which an account gets a password. */
function buildPasswordFlows(
  below: ReturnType<typeof buildIdentities> & { readonly passwords: PasswordService },
) {
  const { config } = below;
  const passwordReplacements = new PasswordReplacementService(below);
  const { accountUrl } = config.mailLook;
  const passwordLinks = new PasswordLinkService({
    ...below,
    passwordReplacements,
    unprovedAccounts: new UnprovedAccountService(below),
    accountUrl,
  });
  const passwordResets = new PasswordResetService({ ...below, passwordLinks });
  below.lineage.register(new PasswordCredentialsService({ passwordResets }));
  const usernameReservations = new UsernameReservationService(below);
  return {
    passwordResets,
    passwordChanges: new PasswordChangeService({ ...below, passwordReplacements }),
    activations: new ActivationService({ ...below, passwordLinks }),
    signUps: new SignUpService({
      ...below,
      passwordResets,
      usernameReservations,
      settings: config.registration,
    }),
  };
}

/** Everything that resolvers, routes and jobs may ask for. */
export type Services = ReturnType<typeof buildServices>;
