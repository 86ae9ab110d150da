import { type Caller, hasPermission, type Principal } from './caller.js';
import { allMissing, type Missing } from './decision.js';
import { type AuthError, errors } from './errors.js';

/** What a rule decides about: the caller, the object the field hangs on, the field's arguments, and the moment. */
export interface Question {
  readonly caller: Caller;
  readonly parent: unknown;
  readonly args: Readonly<Record<string, unknown>>;
  readonly now: Date;
  /** For so many seconds after a proof a caller counts as freshly authenticated (`AUTH_FRESH_AUTH_SECONDS`). */
  readonly freshSeconds: number;
  /** The action that the request has just proved with a token, which is used up by it; absent without one. */
  readonly provedAction?: string;
}

/** What a rule asks for, as facts: the permission reference is made of them. */
export interface Needs {
  readonly permission?: string;
  readonly assurance?: 'aal2';
  /** A proof that is not older than so many seconds; `null` stands for `AUTH_FRESH_AUTH_SECONDS`. */
  readonly freshness?: number | null;
  /** The action for which a token does instead of that proof. */
  readonly action?: string;
  /** That what it is about belongs to the caller. */
  readonly ownership?: true;
  /** The name of an attribute rule. */
  readonly attribute?: string;
}

/** How a rule is put together of others. */
export type Parts =
  | { readonly join: 'every' | 'either'; readonly rules: readonly Rule[] }
  /** One that is asked only where `applies` says so; `permission`: for holders of it. */
  | {
      readonly join: 'when';
      readonly rules: readonly [Rule];
      readonly permission?: string;
      applies(question: Question): boolean;
    };

/** Decides whether a caller may have a field. */
export interface Rule {
  /** The rule in words, for the permission reference. */
  readonly description: string;
  /** What it asks for; of a rule that is put together, its parts say it. */
  readonly needs?: Needs;
  /** The kinds of callers that it can ever let through; any, where it does not say. */
  readonly kinds?: readonly Principal['kind'][];
  readonly parts?: Parts;
  /** `true`, or the refusal. Without side effects: it may be asked where the answer is already known. */
  judge(question: Question): true | AuthError;
}

/** A caller whom all of the rules let through; otherwise the refusal of the first that does not, with all that is missing. */
export function every(...rules: readonly [Rule, ...Rule[]]): Rule {
  return {
    description: rules.map(({ description }) => description).join('; and '),
    parts: { join: 'every', rules },
    judge: (question) => {
      let refusal: AuthError | null = null;
      for (const rule of rules) {
        const verdict = rule.judge(question);
        if (verdict === true) continue;
        refusal =
          refusal === null
            ? verdict
            : refusal.told({ missing: allMissing(refusal.missing ?? {}, verdict.missing ?? {}) });
      }
      return refusal ?? true;
    },
  };
}

/** A caller whom at least one of the rules lets through; otherwise the refusal of the last. */
export function either(...rules: readonly [Rule, ...Rule[]]): Rule {
  const description = rules.map((rule) => rule.description).join(', or ');
  return {
    description,
    parts: { join: 'either', rules },
    judge: (question) => {
      const refusals: AuthError[] = [];
      for (const rule of rules) {
        const verdict = rule.judge(question);
        if (verdict === true) return true;
        refusals.push(verdict);
      }
      const refusal = refusals.at(-1) ?? errors.FORBIDDEN();
      return refusal.told({ missing: easiest(refusals) ?? { rule: description } });
    },
  };
}

/** Of several ways, what one lacks that can be had: a permission, a proof. That a thing were one's own never can. */
function easiest(refusals: readonly AuthError[]): Missing | undefined {
  return refusals.findLast(({ missing }) => missing !== undefined && missing.rule === undefined)?.missing;
}

/** `rule`, where the input has `field`: for what is harmless without it. */
export function given(field: string, rule: Rule): Rule {
  return when(`with \`${field}\` ${rule.description}`, rule, {
    applies: ({ args }) => {
      const value = inputOf(args, field);
      return value !== undefined && value !== null;
    },
  });
}

/** `rule`, unless the list `field` of the input is empty: for one that is filled where it is left out. */
export function unlessEmpty(field: string, rule: Rule): Rule {
  return when(`unless \`${field}\` is empty ${rule.description}`, rule, {
    applies: ({ args }) => {
      const value = inputOf(args, field);
      return !Array.isArray(value) || value.length > 0;
    },
  });
}

/** `rule`, where a list is narrowed by `field`: for what finding somebody by it tells of them. */
export function filtered(field: string, rule: Rule): Rule {
  return when(`filtered by \`${field}\` ${rule.description}`, rule, {
    applies: ({ args: { filter } }) => {
      const value: unknown = typeof filter === 'object' && filter ? Reflect.get(filter, field) : undefined;
      return value !== undefined && value !== null;
    },
  });
}

/** `rule`, for holders of the permission: for what others may do to what is their own alone. */
export function ofHolders(permission: string, rule: Rule): Rule {
  return when(`of holders of permission \`${permission}\` ${rule.description}`, rule, {
    permission,
    applies: ({ caller }) => hasPermission(caller.principal, permission),
  });
}

function when(
  description: string,
  rule: Rule,
  condition: { readonly permission?: string; applies(question: Question): boolean },
): Rule {
  return {
    description,
    parts: { join: 'when', rules: [rule], ...condition },
    judge: (question) => (condition.applies(question) ? rule.judge(question) : true),
  };
}

/** What stands under that name in the argument `input`, or undefined. */
export function inputOf(args: Question['args'], field: string): unknown {
  const { input } = args;
  return typeof input === 'object' && input !== null ? Reflect.get(input, field) : undefined;
}

/** The rules that are not put together of others, in the order in which they are written. */
export function leavesOf(rule: Rule): readonly Rule[] {
  return rule.parts ? rule.parts.rules.flatMap(leavesOf) : [rule];
}

/** Every permission that counts for the rule, those included that let a caller do more than to their own. */
export function permissionsOf(rule: Rule): readonly string[] {
  const named = rule.parts
    ? [
        ...(rule.parts.join === 'when' ? [rule.parts.permission] : []),
        ...rule.parts.rules.flatMap(permissionsOf),
      ]
    : [rule.needs?.permission];
  return [...new Set(named.filter((name) => name !== undefined))];
}

/**
 * Whether a caller of that kind can ever get past it, with some of the permissions for which `canHold` is true: for holders
 * of one more may be asked, so that it is tried with each choice of them.
 */
export function admits(
  rule: Rule,
  kind: Principal['kind'],
  canHold: (permission: string) => boolean = () => true,
): boolean {
  const choices = permissionsOf(rule)
    .filter(canHold)
    .reduce<string[][]>((sets, each) => [...sets, ...sets.map((set) => [...set, each])], [[]]);
  return choices.some((held) => admitsHolder(rule, kind, held));
}

function admitsHolder(rule: Rule, kind: Principal['kind'], held: readonly string[]): boolean {
  const { parts, kinds, needs } = rule;
  if (!parts) {
    const holds = needs?.permission === undefined || held.includes(needs.permission);
    return holds && (kinds?.includes(kind) ?? true);
  }
  if (parts.join === 'either') return parts.rules.some((part) => admitsHolder(part, kind, held));
  // What is asked with some inputs alone, others get past.
  if (parts.join === 'when' && (parts.permission === undefined || !held.includes(parts.permission)))
    return true;
  return parts.rules.every((part) => admitsHolder(part, kind, held));
}

/** The rules by which a caller got past `rule`, who did: of alternatives the first that let them through. */
export function groundsOf(rule: Rule, question: Question): readonly Rule[] {
  const { parts } = rule;
  if (!parts) return [rule];
  if (parts.join === 'when' && !parts.applies(question)) return [];
  if (parts.join !== 'either') return parts.rules.flatMap((part) => groundsOf(part, question));
  const way = parts.rules.find((part) => part.judge(question) === true);
  return way ? groundsOf(way, question) : [];
}

/** What is asked about: a field of the schema or a permission. */
export interface AskedAction {
  /** `deleteUser` for a field at the root, `User.sessions` for another one, `orders:refund` for a permission. */
  readonly name: string;
  /** The permissions that count for it. */
  readonly permissions: readonly string[];
}

/** Something with a rule that one can ask about by its name. */
export interface GuardedAction {
  readonly name: string;
  readonly rule: Rule;
  readonly place: 'root' | 'below' | 'permission';
  /** Whether secrets are among the arguments. */
  readonly sensitive: boolean;
}

/** The type of what the field `Type.field` hangs on, as one asks about it: `ApiKey.owner` hangs on an `api_key`. */
export function resourceTypeOf(fieldName: string): string {
  const [typeName = ''] = fieldName.split('.', 1);
  return typeName.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** What something is done to, as far as it is known. */
export interface AskedResource {
  /** Such as `user` or `order`. */
  readonly type: string;
  readonly id: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Who does it to what. */
export interface Asked {
  readonly caller: Caller;
  readonly resource: AskedResource | null;
  /** The arguments of a field; null where secrets are among them. */
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly now: Date;
}

/** Rules of an operator beside those of the code: asked where these said yes, and only able to refuse. */
export interface FurtherRules {
  /** What they say about an action, or null where none of them is about it. */
  judgeOf(action: AskedAction): ((asked: Asked) => true | AuthError) | null;
}
