import type { Caller } from '../../kernel/caller.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { AudienceService } from '../tokens/audience.service.js';
import { actingUser } from './acting-user.js';
import type { ActionRequest, ActionRequestService } from './action-request.service.js';
import type { ActionTokenService, IssuedActionToken } from './action-token.service.js';
import { actionConfirmed, stepUpErrors } from './step-up.contract.js';
import type { StepUpFactsService } from './step-up-facts.service.js';
import type { StepUpMethod } from './step-up.policy.js';
import type { StepUpAnswer, StepUpProofService } from './step-up-proof.service.js';

interface Deps {
  readonly actionRequests: ActionRequestService;
  readonly actionTokens: ActionTokenService;
  readonly audiences: AudienceService;
  readonly stepUpFacts: StepUpFactsService;
  readonly stepUpProofs: StepUpProofService;
  readonly keyring: Keyring;
  /** The names of actions, ours and those of the operator. */
  readonly actions: ReadonlySet<string>;
  /** Requests per account: each writes a row. */
  readonly budget: RateLimiter;
}

/** From the wish to do one thing, by a proof that is given for it, to a token that is good for it once. */
export class ActionService {
  constructor(private readonly deps: Deps) {}

  /** Throws ACTION_UNKNOWN, AUDIENCE_UNKNOWN or RATE_LIMITED. */
  async request(
    caller: Caller,
    { action, audience }: { action: string; audience: string | null },
  ): Promise<ActionRequest & { readonly methods: readonly StepUpMethod[] }> {
    const asker = actingUser(caller);
    if (!this.deps.actions.has(action)) throw stepUpErrors.ACTION_UNKNOWN();
    await this.deps.budget.consume(keyedFingerprint(this.deps.keyring, 'budget', asker.id));
    const resolved = await this.deps.audiences.resolve(audience);
    const methods = await this.deps.stepUpFacts.methodsOf(caller);
    return { ...(await this.deps.actionRequests.open(asker, { action, audience: resolved })), methods };
  }

  /**
   * A fresh session alone confirms nothing: whoever has got hold of one must not get any further by it. Throws
   * ACTION_REQUEST_INVALID, and what `StepUpProofService.prove` and `use` throw.
   */
  async confirm(caller: Caller, requestId: string, answer: StepUpAnswer): Promise<IssuedActionToken> {
    const { actionRequests, actionTokens, stepUpProofs } = this.deps;
    const asker = actingUser(caller);
    const request = await actionRequests.get(asker, requestId);
    const proof = await stepUpProofs.prove(caller, asker, { answer, context: `action ${request.id}` });
    return await stepUpProofs.use(proof, async (unit) => {
      await actionRequests.closeWithin(unit, asker, request);
      const { action, audience } = request;
      const amr = [...proof.amr];
      const subject = { type: 'session', id: asker.sessionId };
      unit.emit(actionConfirmed, { caller, subject, userId: asker.id, payload: { action, audience, amr } });
      return await actionTokens.issueWithin(unit, asker, { action, audience, amr });
    });
  }
}
