import type { Caller } from '../../kernel/caller.js';
import type { FactorChallenge, FactorKind } from '../mfa/factor.js';
import { mfaErrors } from '../mfa/mfa.contract.js';
import type { MfaService } from '../mfa/mfa.service.js';
import type { SessionRenewalService } from '../sessions/session-renewal.service.js';
import type { UserService } from '../users/user.service.js';
import { actingUser } from './acting-user.js';
import type { ActionRequestService } from './action-request.service.js';
import type { StepUpFactsService } from './step-up-facts.service.js';
import { kindsFor } from './step-up.policy.js';
import type { StepUpAnswer, StepUpProofService } from './step-up-proof.service.js';

/** How sure the session is of its user from now on. */
export interface Reauthentication {
  readonly authTime: Date;
  readonly acr: string;
  readonly amr: readonly string[];
}

interface Deps {
  readonly users: UserService;
  readonly mfa: MfaService;
  readonly stepUpFacts: StepUpFactsService;
  readonly stepUpProofs: StepUpProofService;
  readonly sessionRenewals: SessionRenewalService;
  readonly actionRequests: ActionRequestService;
}

/** Lets somebody who is signed in prove again who they are, so that fields that ask for a fresh proof answer. */
export class ReauthenticationService {
  constructor(private readonly deps: Deps) {}

  /** Renews the session of the request. Throws what `StepUpProofService.prove` and `use` throw. */
  async reauthenticate(caller: Caller, answer: StepUpAnswer): Promise<Reauthentication> {
    const { stepUpProofs, sessionRenewals } = this.deps;
    const asker = actingUser(caller);
    const proof = await stepUpProofs.prove(caller, asker, { answer, context: `session ${asker.sessionId}` });
    return await stepUpProofs.use(proof, async (unit, session) => {
      sessionRenewals.renewWithin(unit, caller, session, proof);
      const { authTime, acr, amr } = session;
      return { authTime, acr, amr };
    });
  }

  /**
   * What is needed to answer with a factor of that kind: for `reauthenticate`, or for `confirmAction` of that request.
   * Throws FACTOR_UNAVAILABLE, ACTION_REQUEST_INVALID or RATE_LIMITED.
   */
  async challenge(caller: Caller, kind: FactorKind, requestId: string | null): Promise<FactorChallenge> {
    const asker = actingUser(caller);
    const user = await this.deps.users.getById(asker.id);
    if (!kindsFor(await this.deps.stepUpFacts.factsOf(asker, user)).includes(kind)) {
      throw mfaErrors.FACTOR_UNAVAILABLE();
    }
    if (requestId !== null) await this.deps.actionRequests.get(asker, requestId);
    const context = requestId === null ? `session ${asker.sessionId}` : `action ${requestId}`;
    return await this.deps.mfa.challenge(user, kind, context);
  }
}
