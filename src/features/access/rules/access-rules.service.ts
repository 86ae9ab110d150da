import { type AuthError, errors } from '../../../kernel/errors.js';
import type { Asked, FurtherRules } from '../../../kernel/rule.js';
import type { Logger } from '../../../platform/logger.js';
import { factsOf } from './access-facts.js';
import {
  type AccessAction,
  type AccessFacts,
  type AccessRule,
  accessRulesErrors,
} from './access-rules.contract.js';

interface Deps {
  /** What the operator declares; none by default. */
  readonly declaredRules: readonly AccessRule[];
  readonly logger: Logger;
}

/** Asks the operator's own rules. What they say cannot open anything: they are asked after a yes, and can take it back. */
export class AccessRulesService implements FurtherRules {
  constructor(private readonly deps: Deps) {}

  /** How the rules about an action judge, or null where there is none. One that cannot say what it is about is about all. */
  judgeOf(action: AccessAction): ((asked: Asked) => true | AuthError) | null {
    const about = this.deps.declaredRules.filter((rule) => this.isAbout(rule, action));
    if (about.length === 0) return null;
    return (asked) => {
      const facts = factsOf(action, asked);
      for (const rule of about) {
        const verdict = this.ask(rule, facts);
        if (verdict !== true) return verdict;
      }
      return true;
    };
  }

  private isAbout(rule: AccessRule, action: AccessAction): boolean {
    const { name, permissions } = action;
    return (
      this.answerOf(rule, () =>
        rule.applies(Object.freeze({ name, permissions: Object.freeze([...permissions]) })),
      ) ?? true
    );
  }

  private ask(rule: AccessRule, facts: AccessFacts): true | AuthError {
    const answer = this.answerOf(rule, () => rule.judge(facts));
    if (answer === null) return accessRulesErrors.ACCESS_RULE_UNAVAILABLE();
    return answer || errors.FORBIDDEN({ missing: { rule: rule.description } });
  }

  /** Yes or no; null for anything else. The log is told where a rule broke, not what it was told or said. */
  private answerOf({ name }: AccessRule, ask: () => unknown): boolean | null {
    try {
      const answer = ask();
      if (answer === true || answer === false) return answer;
      // It is not waited for, and must not end the process when it fails.
      if (answer instanceof Promise) answer.catch(() => {});
      this.deps.logger.error({ rule: name, answered: typeof answer }, 'an access rule gave no usable answer');
    } catch (error) {
      const broken =
        error instanceof Error ? { error: error.name, at: placesOf(error) } : { error: typeof error };
      this.deps.logger.error({ rule: name, ...broken }, 'an access rule broke');
    }
    return null;
  }
}

/** Where it was thrown, without the message: that may hold what the rule was told. */
function placesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
