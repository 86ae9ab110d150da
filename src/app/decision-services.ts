import { AccessDecisionService } from '../features/access/decisions/access-decision.service.js';
import { AccessProvenanceService } from '../features/access/decisions/access-provenance.service.js';
import { AccessSubjectService } from '../features/access/decisions/access-subject.service.js';
import { ResourceOwnersService } from '../features/access/decisions/resource-owners.service.js';
import type { AccessRule } from '../features/access/rules/access-rules.contract.js';
import { AccessRulesService } from '../features/access/rules/access-rules.service.js';
import type { AccessService } from '../features/access/access.service.js';
import { ApiKeySubjectService } from '../features/api-keys/api-key-subject.service.js';
import type { LiveApiKeyService } from '../features/api-keys/live-api-key.service.js';
import { ServiceAccountSubjectService } from '../features/service-accounts/service-account-subject.service.js';
import type { LiveSessionService } from '../features/sessions/live-session.service.js';
import { SessionSubjectService } from '../features/sessions/session-subject.service.js';
import type { UserService } from '../features/users/user.service.js';
import type { Infrastructure } from './infrastructure.js';

interface Below extends Infrastructure {
  readonly users: UserService;
  readonly access: AccessService;
  readonly registry: ReadonlySet<string>;
  readonly declaredRules: readonly AccessRule[];
}

/** Floor 3: who may do what, told before they do it. */
export function buildDecisions(below: Below) {
  const { freshSeconds } = below.config;
  const accessRules = new AccessRulesService(below);
  const accessProvenance = new AccessProvenanceService(below);
  const accessSubjects = new AccessSubjectService({ ...below, freshSeconds });
  const parts = { accessRules, accessSubjects, resourceOwners: new ResourceOwnersService() };
  const accessDecisions = new AccessDecisionService({ ...below, ...parts, accessProvenance, freshSeconds });
  return { ...parts, accessDecisions };
}

interface Known extends Below, ReturnType<typeof buildDecisions> {
  readonly liveSessions: LiveSessionService;
  readonly liveApiKeys: LiveApiKeyService;
}

/** Floors 4 and 5: whom and what the decisions know of. */
export function buildSubjects(below: Known): void {
  new SessionSubjectService(below);
  new ServiceAccountSubjectService(below);
  new ApiKeySubjectService(below);
}
