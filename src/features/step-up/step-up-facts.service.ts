import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import type { MfaService } from '../mfa/mfa.service.js';
import type { LiveSessionService } from '../sessions/live-session.service.js';
import { sessionErrors } from '../sessions/sessions.contract.js';
import type { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import { type StepUpFacts, type StepUpMethod, stepUpMethodsOf } from './step-up.policy.js';

interface Deps {
  readonly users: UserService;
  readonly mfa: MfaService;
  readonly factorKinds: FactorKindsService;
  readonly liveSessions: LiveSessionService;
  readonly passwords: {
    isSet(user: User): Promise<boolean>;
    isSetByMail(user: User): Promise<boolean>;
  };
}

/** Finds out how somebody who is signed in can prove again who they are. */
export class StepUpFactsService {
  constructor(private readonly deps: Deps) {}

  /** The ways that would do for the caller; none for whoever is not a user. */
  async methodsOf({ principal }: Caller): Promise<readonly StepUpMethod[]> {
    if (principal.kind !== 'user') return [];
    return stepUpMethodsOf(await this.factsOf(principal, await this.deps.users.getById(principal.id)));
  }

  /** Throws SESSION_EXPIRED. */
  async factsOf({ sessionId }: UserPrincipal, user: User): Promise<StepUpFacts> {
    const session = await this.deps.liveSessions.find(sessionId);
    if (!session) throw sessionErrors.SESSION_EXPIRED();
    const { mfa, factorKinds } = this.deps;
    const factors = await mfa.factorsOf(user.id);
    return {
      hasPassword: await this.deps.passwords.isSet(user),
      passwordSetByMail: await this.deps.passwords.isSetByMail(user),
      kinds: [...new Set(factors.map(({ kind }) => kind))].filter((kind) => factorKinds.isTaken(kind)),
      lacksSecondFactor: session.lacksSecondFactor,
      amr: session.amr,
    };
  }
}
