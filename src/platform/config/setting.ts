import type { Reader } from './env.js';
import type { Problem } from './problem.js';

/** One variable of the environment: its name, how it is read, and what the reference says about it. */
export interface Setting<Value> {
  readonly env: string;
  readonly reader: Reader<Value>;
  /** Read like the variable's own text when it is not set. */
  readonly default: string | null;
  /** In words, what holds when it is not set and there is no `default`. */
  readonly otherwise: string | null;
  readonly about: string;
  /** Shown in `.env.example` in place of the default. */
  readonly example: string | null;
}

interface Wording {
  readonly about: string;
  readonly example?: string;
}

/** A variable that always has a value: its own, or the default. */
export function setting<Value>(
  env: string,
  reader: Reader<Value>,
  wording: Wording & { readonly default: string },
): Setting<Value> {
  return { env, reader, otherwise: null, example: null, ...wording };
}

/** A variable that may be absent; `otherwise` says what holds then. */
export function optional<Value>(
  env: string,
  reader: Reader<Value>,
  wording: Wording & { readonly otherwise: string },
): Setting<Value | undefined> {
  // A reader of Value is a reader of Value | undefined: readers only ever produce.
  const widened: Reader<Value | undefined> = reader;
  return { env, reader: widened, default: null, example: null, ...wording };
}

/** The value of a setting in `env`, and what is wrong with it. A wrong value reads as if it were not set. */
export function readSetting<Value>(
  declared: Setting<Value>,
  env: NodeJS.ProcessEnv,
): { value: Value | undefined; problem: Problem | null } {
  const { reader } = declared;
  const fallback = declared.default === null ? undefined : reader.schema.parse(declared.default);
  const text = env[declared.env];
  // Compose files and shells pass variables that are "not set" as empty ones.
  if (text === undefined || text.trim() === '') return { value: fallback, problem: null };

  const parsed = reader.schema.safeParse(text);
  if (parsed.success) return { value: parsed.data, problem: null };
  return { value: fallback, problem: { variable: declared.env, sentence: `must be ${reader.expects}.` } };
}
