import { Extensions } from 'type-graphql';
import {
  type AnonymousPrincipal,
  type ApiKeyPrincipal,
  type Caller,
  hasPermission,
  type ServiceAccountPrincipal,
  type UserPrincipal,
} from '../kernel/caller.js';
import type { Missing } from '../kernel/decision.js';
import { type AuthError, errors } from '../kernel/errors.js';
import { either, inputOf, type Question, type Rule } from '../kernel/rule.js';

export {
  either,
  every,
  filtered,
  given,
  ofHolders,
  type Question,
  type Rule,
  unlessEmpty,
} from '../kernel/rule.js';

/** Names who may call the field; a field of Query, Mutation or Subscription without it is denied. */
export function Allow(rule: Rule): MethodDecorator & PropertyDecorator {
  return Extensions({ allow: rule });
}

/** Anybody, signed in or not. */
export const anyone: Rule = { description: 'anyone', judge: () => true };

/** A user with a live session. */
export const signedIn: Rule = {
  description: 'a signed-in user',
  kinds: ['user'],
  judge: ({ caller }) => (caller.principal.kind === 'user' ? true : refusalOf(caller, NO_USER)),
};

/**
 * A user who has proved who they are within `maxAgeSeconds`, by default AUTH_FRESH_AUTH_SECONDS. A session that has not
 * proved the second factor of its account never has.
 */
export function fresh(maxAgeSeconds?: number): Rule {
  return {
    description:
      maxAgeSeconds === undefined
        ? 'a user who has signed in lately (`AUTH_FRESH_AUTH_SECONDS`)'
        : `a user who has proved within ${maxAgeSeconds} seconds who they are`,
    needs: { freshness: maxAgeSeconds ?? null },
    kinds: ['user'],
    judge: (question) => {
      const { principal } = question.caller;
      if (principal.kind !== 'user') return refusalOf(question.caller, NO_USER);
      const freshness = maxAgeSeconds ?? question.freshSeconds;
      if (isFresh(principal, question, freshness)) return true;
      const lacksFactor = principal.provedAt === null;
      return errors.STEP_UP_REQUIRED({
        missing: lacksFactor ? { freshness, assurance: 'aal2' } : { freshness },
      });
    },
  };
}

function isFresh({ provedAt }: UserPrincipal, { now }: Question, maxAgeSeconds: number): boolean {
  return provedAt !== null && now.getTime() / 1000 - provedAt <= maxAgeSeconds;
}

/** Whether the token is good is for the service to find out. A machine has no sign-in that could wait. */
const waitingSignIn: Rule = {
  description: 'a sign-in that waits for it (`attemptToken`)',
  kinds: ['anonymous', 'user'],
  judge: ({ caller, args }) => {
    const { kind } = caller.principal;
    const couldWait = kind === 'anonymous' || kind === 'user';
    return couldWait && typeof inputOf(args, 'attemptToken') === 'string'
      ? true
      : refusalOf(caller, { rule: waitingSignIn.description });
  },
};

/** As `fresh`; or a sign-in that waits for an enrolment, whose `attemptToken` is among the input. */
export const freshOrAttempt: Rule = either(waitingSignIn, fresh());

/**
 * For users, as `fresh`, or an action token for that action (`X-Action-Token`). A service account proves who it is with
 * every request that carries its secret. An access token or an API key never does: whoever has it may have found it, and
 * what is done here outlives it.
 */
export function stepUp(action: string): Rule {
  return {
    description: `a proof within \`AUTH_FRESH_AUTH_SECONDS\` or an action token for \`${action}\``,
    needs: { freshness: null, action },
    kinds: ['user', 'service_account'],
    judge: (question) => {
      const { principal } = question.caller;
      if (principal.kind === 'service_account' && !principal.byAccessToken) return true;
      if (question.provedAction === action) return true;
      const verdict = fresh().judge(question);
      const lacksProof = verdict !== true && principal.kind === 'user';
      return lacksProof ? verdict.told({ details: { action } }) : verdict;
    },
  };
}

/**
 * A user whose session has reached that level (NIST SP 800-63B). Who has a second factor is asked to prove it; for who has
 * none no proof would do.
 */
export function assurance(level: 'aal2'): Rule {
  return {
    description: `a user whose session has reached \`${level}\``,
    needs: { assurance: level },
    kinds: ['user'],
    judge: ({ caller }) => {
      const { principal } = caller;
      if (principal.kind !== 'user') return refusalOf(caller, NO_USER);
      if (principal.acr === level) return true;
      const missing = { assurance: level };
      if (principal.provedAt !== null) return errors.FORBIDDEN({ missing });
      return errors.STEP_UP_REQUIRED({ details: { assurance: level }, missing });
    },
  };
}

/** A user whose address is known to be theirs. */
export function verifiedEmail(): Rule {
  const description = 'a user whose e-mail address is verified';
  return {
    description,
    kinds: ['user'],
    judge: ({ caller }) =>
      caller.principal.kind === 'user' && caller.principal.emailVerified
        ? true
        : refusalOf(caller, { rule: description }),
  };
}

/** What an attribute rule decides by. */
export interface Attributes {
  readonly principal: UserPrincipal | ServiceAccountPrincipal | ApiKeyPrincipal;
  /** The object that the field hangs on; of a root field undefined, of a subscription the event. */
  readonly resource: unknown;
  readonly args: Question['args'];
  readonly network: { readonly ip: string | null; readonly place: string | null };
  readonly now: Date;
}

/** An authenticated caller for whom `holds` is true of the user, the resource, the network or the time. */
export function attribute(name: string, description: string, holds: (about: Attributes) => boolean): Rule {
  return {
    description,
    needs: { attribute: name },
    kinds: MACHINES_TOO,
    judge: ({ caller, parent, args, now }) => {
      const { principal, ip, place } = caller;
      if (principal.kind === 'anonymous' || principal.kind === 'system') return refusalOf(caller, {});
      // Only `true` is a yes: the judgment may come from somewhere that no compiler has seen.
      const held: unknown = holds({ principal, resource: parent, args, network: { ip, place }, now });
      return held === true ? true : refusalOf(caller, { rule: description });
    },
  };
}

/** Any caller who proved an identity, of whatever kind. */
export const authenticated: Rule = {
  description: 'an authenticated caller of any kind',
  kinds: ['user', 'service_account', 'api_key', 'system'],
  judge: ({ caller }) => (caller.principal.kind === 'anonymous' ? refusalOf(caller, {}) : true),
};

/** A caller who holds the permission. */
export function can(permission: string): Rule {
  return {
    description: `permission \`${permission}\``,
    needs: { permission },
    kinds: ['user', 'service_account', 'api_key', 'system'],
    judge: ({ caller }) =>
      hasPermission(caller.principal, permission) ? true : refusalOf(caller, { permission }),
  };
}

/** The user whom the field's parent object belongs to, by the id under `property`. */
export function owns(property: string): Rule {
  const description = 'the user it belongs to';
  return {
    description,
    needs: { ownership: true },
    kinds: ['user'],
    judge: ({ caller, parent }) => {
      const owner: unknown = typeof parent === 'object' && parent ? Reflect.get(parent, property) : undefined;
      const isOwner = caller.principal.kind === 'user' && owner === caller.principal.id;
      return isOwner ? true : refusalOf(caller, { rule: description });
    },
  };
}

const NO_USER: Missing = { rule: 'a signed-in user' };
const MACHINES_TOO = ['user', 'service_account', 'api_key'] as const;

/** What a caller who may not is told: to sign in, why their credential was not accepted, or that they may not. */
export function refusalOf({ principal }: Caller, missing: Missing): AuthError {
  if (principal.kind !== 'anonymous') return errors.FORBIDDEN({ missing });
  return whoIsNot(principal).told({ missing });
}

function whoIsNot({ refusal }: AnonymousPrincipal): AuthError {
  return refusal ?? errors.UNAUTHENTICATED();
}
