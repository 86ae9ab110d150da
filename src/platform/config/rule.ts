import type { Problem } from './problem.js';
import type { SettingValues } from './settings.js';

/** A reason not to start, judged on the values of all settings together. */
export interface Rule {
  readonly variable: string;
  /** Follows the variable's name: what is wrong and what to do. Quotes no value. */
  readonly sentence: string;
  refuses(values: SettingValues): boolean;
}

/** The problems that `rules` find in `values`. */
export function judge(rules: readonly Rule[], values: SettingValues): Problem[] {
  return rules
    .filter((rule) => rule.refuses(values))
    .map(({ variable, sentence }) => ({ variable, sentence }));
}
