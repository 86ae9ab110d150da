/** One thing wrong with the environment: the variable's name and what to do about it. Never its value. */
export interface Problem {
  readonly variable: string;
  /** Follows the variable's name: `must be a whole number from 1 to 10.` */
  readonly sentence: string;
}

/** The environment cannot be started with. Carries every problem at once, each under its variable's name. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(describe(problems));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function describe(problems: readonly Problem[]): string {
  const heading = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problems.map(({ variable, sentence }) => `  ${variable} ${sentence}`);
  return [`The configuration has ${heading}:`, ...lines].join('\n');
}
