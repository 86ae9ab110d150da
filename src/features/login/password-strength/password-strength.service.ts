import type { Caller } from '../../../kernel/caller.js';
import { networkOf } from '../../../kernel/network.js';
import type { RateLimiter } from '../../../platform/rate-limiter.js';
import { contextWords } from '../methods/password/context-words.js';
import type { PasswordFault } from '../methods/password/password.policy.js';
import type { PasswordPolicyService } from '../methods/password/password-policy.service.js';
import { type Measured, StrengthMeter } from './strength-meter.js';

/** A password that somebody is thinking about. */
export interface PasswordIdea {
  readonly password: string;
  /** Names and addresses that it should not be made of. */
  readonly context: readonly string[];
}

interface Deps {
  readonly passwordPolicy: PasswordPolicyService;
  /** How many passwords a network may have measured. */
  readonly budget: RateLimiter;
}

/** Tells how good a password would be; it is neither kept nor looked up anywhere. */
export class PasswordStrengthService {
  private readonly meter = new StrengthMeter();

  constructor(private readonly deps: Deps) {}

  /** Throws RATE_LIMITED and SERVER_BUSY. */
  async measure(
    caller: Caller,
    { password, context }: PasswordIdea,
  ): Promise<Measured & { reasons: PasswordFault[] }> {
    await this.deps.budget.consume(networkOf(caller.ip));
    const reasons = this.deps.passwordPolicy.faultsOf(password, { context });
    const idea = { password: password.normalize('NFKC'), words: contextWords(context) };
    const measured = await this.meter.measure(idea);
    return { ...measured, reasons };
  }
}
