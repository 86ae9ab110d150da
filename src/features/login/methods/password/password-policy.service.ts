import { passwordErrors } from './password.contract.js';
import { passwordFaults, type PasswordRules } from './password.policy.js';

/** What became of the look-up among leaked passwords; belongs into the audit row of the operation. */
export type BreachCheck = 'off' | 'passed' | 'unavailable';

/** Whom and what a password must not be made of. */
export interface PasswordContext {
  /** The e-mail address, username and display name of the account, as far as there are any. */
  readonly context: readonly (string | null)[];
}

interface Deps {
  readonly settings: Omit<PasswordRules, 'context'>;
}

/** The one judge of new passwords, wherever they come from. */
export class PasswordPolicyService {
  constructor(private readonly deps: Deps) {}

  /**
   * Throws PASSWORD_REFUSED with `details.reasons`, each a code and a sentence. Calls the outside: never inside
   * a unit of work. The same work whether the account exists, as long as `context` holds what was typed.
   */
  async assertAcceptable(
    password: string,
    { context }: PasswordContext,
  ): Promise<{ readonly breachCheck: BreachCheck }> {
    const reasons = passwordFaults(password, { ...this.deps.settings, context });
    if (reasons.length > 0) throw passwordErrors.PASSWORD_REFUSED({ details: { reasons } });
    return { breachCheck: 'off' };
  }
}
