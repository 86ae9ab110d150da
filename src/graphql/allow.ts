import { Extensions } from 'type-graphql';
import { type Caller, hasPermission } from '../kernel/caller.js';
import { type AuthError, errors } from '../kernel/errors.js';

/** What a rule decides about: the caller, the object the field hangs on, and the field's arguments. */
export interface Question {
  readonly caller: Caller;
  readonly parent: unknown;
  readonly args: Readonly<Record<string, unknown>>;
  /** The action that the request has just proved with a token, which is used up by it; absent without one. */
  readonly provedAction?: string;
}

/** Decides whether a caller may have a field. */
export interface Rule {
  /** The rule in words, for the permission reference. */
  readonly description: string;
  /** The permission it asks for, when it is one. */
  readonly permission?: string;
  /** `true`, or the refusal. */
  judge(question: Question): true | AuthError;
}

/** Names who may call the field; a field of Query, Mutation or Subscription without it is denied. */
export function Allow(rule: Rule): MethodDecorator & PropertyDecorator {
  return Extensions({ allow: rule });
}

/** Anybody, signed in or not. */
export const anyone: Rule = { description: 'anyone', judge: () => true };

/** A user with a live session. */
export const signedIn: Rule = {
  description: 'a signed-in user',
  judge: ({ caller }) => {
    if (caller.principal.kind === 'user') return true;
    return refusalOf(caller);
  },
};

/** A user who has signed in, or proved again who they are, within AUTH_FRESH_AUTH_SECONDS. */
export function fresh(): Rule {
  return {
    description: 'a user who has signed in lately (`AUTH_FRESH_AUTH_SECONDS`)',
    judge: ({ caller }) => {
      if (caller.principal.kind !== 'user') return refusalOf(caller);
      return caller.principal.fresh ? true : errors.STEP_UP_REQUIRED();
    },
  };
}

/**
 * As `fresh`; or a sign-in that waits for an enrolment, whose `attemptToken` is among the input: whether that is good is
 * for the service to find out.
 */
export const freshOrAttempt: Rule = {
  description: `${fresh().description}, or a sign-in that waits for it (\`attemptToken\`)`,
  judge: (question) => {
    const input: unknown = question.args['input'];
    const token: unknown = typeof input === 'object' && input ? Reflect.get(input, 'attemptToken') : null;
    return typeof token === 'string' ? true : fresh().judge(question);
  },
};

/**
 * For users, as `fresh`, or an action token for that action (`X-Action-Token`). Service accounts prove who they are with
 * every request. An API key never does: whoever has it may have found it.
 */
export function stepUp(action: string): Rule {
  return {
    description: `a proof within \`AUTH_FRESH_AUTH_SECONDS\` or an action token for \`${action}\``,
    judge: (question) => {
      const { principal } = question.caller;
      if (principal.kind === 'service_account' || question.provedAction === action) return true;
      const verdict = fresh().judge(question);
      const lacksProof = verdict !== true && principal.kind === 'user';
      return lacksProof ? errors.STEP_UP_REQUIRED({ details: { action } }) : verdict;
    },
  };
}

/** `rule`, where the input has `field`: for what is harmless without it. */
export function given(field: string, rule: Rule): Rule {
  return {
    description: `with \`${field}\` ${rule.description}`,
    judge: (question) => {
      const input: unknown = question.args['input'];
      const value: unknown = typeof input === 'object' && input ? Reflect.get(input, field) : null;
      return value === undefined || value === null ? true : rule.judge(question);
    },
  };
}

/** `rule`, for holders of the permission: for what others may do to what is their own alone. */
export function ofHolders(permission: string, rule: Rule): Rule {
  return {
    description: `of holders of permission \`${permission}\` ${rule.description}`,
    judge: (question) => (hasPermission(question.caller.principal, permission) ? rule.judge(question) : true),
  };
}

/** A caller whom all of the rules let through; otherwise the refusal of the first that does not. */
export function every(...rules: readonly [Rule, ...Rule[]]): Rule {
  const permission = rules.find((rule) => rule.permission !== undefined)?.permission;
  return {
    description: rules.map(({ description }) => description).join('; and '),
    ...(permission === undefined ? {} : { permission }),
    judge: (question) => {
      for (const rule of rules) {
        const verdict = rule.judge(question);
        if (verdict !== true) return verdict;
      }
      return true;
    },
  };
}

/** Any caller who proved an identity, of whatever kind. */
export const authenticated: Rule = {
  description: 'an authenticated caller of any kind',
  judge: ({ caller }) => (caller.principal.kind === 'anonymous' ? refusalOf(caller) : true),
};

/** A caller who holds the permission. */
export function can(permission: string): Rule {
  return {
    description: `permission \`${permission}\``,
    permission,
    judge: ({ caller }) => {
      if (hasPermission(caller.principal, permission)) return true;
      return refusalOf(caller);
    },
  };
}

/** A caller whom at least one of the rules lets through; otherwise the refusal of the last. */
export function either(...rules: readonly [Rule, ...Rule[]]): Rule {
  return {
    description: rules.map(({ description }) => description).join(', or '),
    judge: (question) => {
      let verdict: true | AuthError = errors.FORBIDDEN();
      for (const rule of rules) {
        verdict = rule.judge(question);
        if (verdict === true) return true;
      }
      return verdict;
    },
  };
}

/** The user whom the field's parent object belongs to, by the id under `property`. */
export function owns(property: string): Rule {
  return {
    description: 'the user it belongs to',
    judge: ({ caller, parent }) => {
      if (caller.principal.kind === 'anonymous') return refusalOf(caller);
      const owner: unknown = typeof parent === 'object' && parent ? Reflect.get(parent, property) : undefined;
      return caller.principal.kind === 'user' && owner === caller.principal.id ? true : errors.FORBIDDEN();
    },
  };
}

/** What a caller who may not is told: to sign in, why their credential was not accepted, or that they may not. */
function refusalOf({ principal }: Caller): AuthError {
  if (principal.kind !== 'anonymous') return errors.FORBIDDEN();
  return principal.refusal ?? errors.UNAUTHENTICATED();
}
