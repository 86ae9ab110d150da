import type { Caller } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import { networkOf } from '../../kernel/network.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { LockoutService } from '../lockout/lockout.service.js';

interface Deps {
  readonly lockout: LockoutService;
  readonly budgets: {
    /** How many attempts a network may make, right or wrong. */
    readonly login: RateLimiter;
    /** How many more an account may make from devices that it is known on, when its network has made too many. */
    readonly knownDeviceLogin: RateLimiter;
  };
}

/** Bounds how often a network may try to sign in, at whatever step. */
export class LoginBudgetService {
  constructor(private readonly deps: Deps) {}

  /**
   * A network that tries too often has to wait, but for people on their own devices: whoever sits beside them must
   * not be able to lock them out. Those have a small budget of their own, which nobody else can spend. `account` is
   * asked only then. Throws RATE_LIMITED.
   */
  async spend({ ip, deviceId }: Caller, account: () => Promise<string>): Promise<void> {
    const { budgets, lockout } = this.deps;
    try {
      await budgets.login.consume(networkOf(ip));
    } catch (error) {
      if (deviceId === null || !(error instanceof AuthError) || error.code !== 'RATE_LIMITED') throw error;
      const name = await account();
      if (!(await lockout.isKnownDevice({ account: name, deviceId }))) throw error;
      await budgets.knownDeviceLogin.consume(name);
    }
  }
}
