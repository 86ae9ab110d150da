import type { Caller } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import type { AudienceService } from '../tokens/audience.service.js';
import type { ActionTokenService } from './action-token.service.js';
import type { StepUpFactsService } from './step-up-facts.service.js';
import type { StepUpMethod } from './step-up.policy.js';

/** How a request whose proof is too old can go on: what the guard of the schema asks. */
export interface RequestStepUp {
  methodsOf(caller: Caller): Promise<readonly object[]>;
  redeem(caller: Caller, action: string): Promise<boolean>;
}

interface Deps {
  readonly stepUpFacts: StepUpFactsService;
  readonly actionTokens: ActionTokenService;
  readonly audiences: AudienceService;
}

/** Answers the guard of the schema for one request. */
export class StepUpService {
  constructor(private readonly deps: Deps) {}

  /** `actionToken`: what the request carries in `X-Action-Token`, or null. */
  of(actionToken: string | null): RequestStepUp {
    return {
      methodsOf: async (caller) => (await this.deps.stepUpFacts.methodsOf(caller)).map(asInSchema),
      redeem: async (caller, action) =>
        actionToken !== null && (await this.redeem(caller, actionToken, action)),
    };
  }

  private async redeem(caller: Caller, token: string, action: string): Promise<boolean> {
    if (caller.principal.kind !== 'user') return false;
    const { sessionId } = caller.principal;
    try {
      await this.deps.actionTokens.burn(caller, token, {
        action,
        sessionId,
        audiences: [this.deps.audiences.own],
      });
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'ACTION_TOKEN_INVALID') return false;
      throw error;
    }
  }
}

/** In the words of the schema, so that a client can send them back as they are. */
function asInSchema(way: StepUpMethod): object {
  const method = way.method.toUpperCase();
  return way.method === 'second_factor'
    ? { method, kinds: way.kinds.map((kind) => kind.toUpperCase()) }
    : { method };
}
