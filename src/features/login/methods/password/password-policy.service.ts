import type { Config } from '../../../../platform/config/config.js';
import { EgressError } from '../../../../platform/egress/egress-error.js';
import type { Logger } from '../../../../platform/logger.js';
import type { LeakedPasswordsService } from './leaked-passwords.service.js';
import { type BreachCheck, passwordErrors } from './password.contract.js';
import { LEAKED, type PasswordFault, passwordFaults } from './password.policy.js';

/** After an outage of the look-up, somebody may try again so soon. */
const RETRY_SECONDS = 10;

/** What a password must not be made of. */
export interface PasswordContext {
  /** The e-mail address, username and display name of the account, as far as there are any. */
  readonly context: readonly (string | null)[];
}

interface Deps {
  readonly settings: Pick<
    Config['passwords'],
    'minLength' | 'requireSymbol' | 'breachCheck' | 'breachCheckOnError'
  >;
  /** What the product is called. */
  readonly productName: string;
  readonly leakedPasswords: LeakedPasswordsService;
  readonly logger: Logger;
}

/** The one judge of new passwords, wherever they come from. */
export class PasswordPolicyService {
  constructor(private readonly deps: Deps) {}

  /**
   * Throws PASSWORD_REFUSED with `details.reasons`, each a code and a sentence, and PASSWORD_CHECK_UNAVAILABLE
   * where the operator wants no password that could not be looked up. Calls the outside: never inside a unit of
   * work. The same work whether the account exists, as long as `context` holds what was typed.
   */
  async assertAcceptable(
    password: string,
    { context }: PasswordContext,
  ): Promise<{ readonly breachCheck: BreachCheck }> {
    refuseFor(this.faultsOf(password, { context }));
    if (!this.deps.settings.breachCheck) return { breachCheck: 'off' };
    return { breachCheck: await this.lookUp(password) };
  }

  /** What is wrong with a password by itself; nothing leaves the server. */
  faultsOf(password: string, { context }: PasswordContext): PasswordFault[] {
    const { settings, productName } = this.deps;
    return passwordFaults(password, { ...settings, context: [productName, ...context] });
  }

  private async lookUp(password: string): Promise<'passed' | 'unavailable'> {
    try {
      refuseFor((await this.deps.leakedPasswords.has(password)) ? [LEAKED] : []);
      return 'passed';
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      // Only the reason: a request's address holds five characters of the hash.
      this.deps.logger.warn({ reason: error.reason }, 'leaked passwords could not be looked up');
      if (this.deps.settings.breachCheckOnError === 'accept') return 'unavailable';
      throw passwordErrors.PASSWORD_CHECK_UNAVAILABLE({ retryAfter: RETRY_SECONDS });
    }
  }
}

function refuseFor(reasons: readonly PasswordFault[]): void {
  if (reasons.length > 0) throw passwordErrors.PASSWORD_REFUSED({ details: { reasons } });
}
