import { ActionRequestService } from '../features/step-up/action-request.service.js';
import { ActionService } from '../features/step-up/action.service.js';
import { ActionTokenService } from '../features/step-up/action-token.service.js';
import { BUILT_IN_ACTIONS } from '../features/step-up/built-in-actions.js';
import { ReauthenticationService } from '../features/step-up/reauthentication.service.js';
import { StepUpFactsService } from '../features/step-up/step-up-facts.service.js';
import { StepUpProofService } from '../features/step-up/step-up-proof.service.js';
import { StepUpService } from '../features/step-up/step-up.service.js';
import { SessionRenewalService } from '../features/sessions/session-renewal.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  Omit<DepsOf<typeof StepUpFactsService>, 'passwords'> &
  Omit<DepsOf<typeof StepUpProofService>, 'stepUpFacts' | 'sessionRenewals'> &
  Pick<DepsOf<typeof ActionTokenService>, 'challenges' | 'audiences'>;

/** Floor 5: proofs that are asked for again. */
export function buildStepUp(below: Below) {
  const { config, budgets } = below;
  const sessionRenewals = new SessionRenewalService(below);
  const stepUpFacts = new StepUpFactsService(below);
  const stepUpProofs = new StepUpProofService({ ...below, stepUpFacts, sessionRenewals });
  const actionRequests = new ActionRequestService(below);
  const actionTokens = new ActionTokenService({ ...below, ...config.actions, sessionRenewals });
  const proving = { ...below, stepUpFacts, stepUpProofs, sessionRenewals, actionRequests, actionTokens };
  const actions = new Set([...BUILT_IN_ACTIONS, ...config.actions.names]);
  return {
    actionTokens,
    reauthentication: new ReauthenticationService(proving),
    stepUpActions: new ActionService({ ...proving, actions, budget: budgets.actionRequest }),
    stepUp: new StepUpService(proving),
  };
}
