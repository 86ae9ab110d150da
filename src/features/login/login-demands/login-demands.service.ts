import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Caller } from '../../../kernel/caller.js';
import { deepFreeze } from '../../../platform/config/deep-freeze.js';
import type { Logger } from '../../../platform/logger.js';
import type { LockoutService } from '../../lockout/lockout.service.js';
import { FACTOR_KINDS } from '../../mfa/factor.js';
import type { User } from '../../users/user.entity.js';
import { accountOf } from '../login-method.js';
import type { LoginDemands, LoginFacts } from '../login.policy.js';
import { loginDemandsErrors, type LoginPolicy, type PolicyAttempt } from './login-demands.contract.js';

const LIMIT_MS = 2_000;

/** An answer with anything else in it is a mistake, and must not pass for a demand that was heard. */
const answerShape = z.strictObject({
  refuse: z.boolean().optional(),
  secondFactor: z.boolean().optional(),
  kinds: z.array(z.enum(FACTOR_KINDS)).min(1).max(FACTOR_KINDS.length).optional(),
  verifiedEmail: z.boolean().optional(),
});

interface Deps {
  readonly lockout: LockoutService;
  readonly logger: Logger;
  readonly loginPolicy: LoginPolicy | null;
}

/** Asks the operator's own policy, if there is one, what it wants of a sign-in. */
export class LoginDemandsService {
  constructor(private readonly deps: Deps) {}

  /** Throws LOGIN_POLICY_UNAVAILABLE when there is no answer, or none that can be understood: nobody is let in. */
  async of(
    facts: Omit<LoginFacts, 'demands' | 'now'> & { readonly user: User },
    caller: Caller,
  ): Promise<LoginDemands> {
    const { loginPolicy, logger } = this.deps;
    if (!loginPolicy) return {};
    const attempt = deepFreeze(await this.describe(facts, caller));
    try {
      return answerShape.parse(await within(LIMIT_MS, async () => await loginPolicy(attempt)));
    } catch (error) {
      logger.error({ err: error }, 'the policy module gave no usable answer to a sign-in');
      throw loginDemandsErrors.LOGIN_POLICY_UNAVAILABLE({ cause: error });
    }
  }

  private async describe(
    { user, roles, first, second, trustedDevice }: Parameters<LoginDemandsService['of']>[0],
    { deviceId, ip, userAgent }: Caller,
  ): Promise<PolicyAttempt> {
    const known = await this.deps.lockout.isKnownDevice({ account: accountOf(user.id), deviceId });
    return {
      userId: user.id,
      email: user.email,
      emailVerified: user.emailVerifiedAt !== null,
      roles: [...roles],
      method: first.method,
      amr: [...first.amr],
      factorKinds: [...user.factorKinds],
      secondFactor: second?.kind ?? null,
      device: { known, trusted: trustedDevice },
      ip,
      userAgent,
    };
  }
}

/** What `work` answers; throws when that takes longer. */
async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limitMs} ms`);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    done.abort();
    limit.catch(() => {});
  }
}
