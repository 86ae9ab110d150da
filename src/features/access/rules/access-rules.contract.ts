import type { Principal } from '../../../kernel/caller.js';
import { defineErrors } from '../../../kernel/errors.js';
import type { AskedAction, AskedResource } from '../../../kernel/rule.js';

export const accessRulesErrors = defineErrors({
  ACCESS_RULE_UNAVAILABLE: {
    status: 503,
    message: 'Whether you may do this cannot be told now; try again.',
  },
});

/** What somebody wants to do: the name of a field or of a permission, and the permissions that count for it. */
export type AccessAction = AskedAction;

/** What it is done to: of a field below the root what it hangs on, of `can` what the asker says. */
export type AccessResource = AskedResource;

/** Who wants to do it, without a secret and without an address. What does not fit the kind is null, or empty. */
export interface AccessPrincipal {
  readonly kind: Exclude<Principal['kind'], 'system'>;
  readonly id: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** `aal1` or `aal2` (NIST SP 800-63B). */
  readonly acr: string | null;
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** Seconds since the epoch. */
  readonly authTime: number | null;
  readonly emailVerified: boolean | null;
  /** Of an API key. */
  readonly owner: { readonly kind: 'user' | 'service_account'; readonly id: string } | null;
}

/** What a rule decides by: a copy of its own, frozen through and through. */
export interface AccessFacts {
  readonly action: AccessAction;
  readonly principal: AccessPrincipal;
  /** Null at the root, where `input` names it. */
  readonly resource: AccessResource | null;
  /** The arguments of a field, without those that hold secrets; null for a field that takes secrets, and for a permission. */
  readonly input: Readonly<Record<string, unknown>> | null;
  /** Where the request comes from: the address, and the place in the words of a trusted proxy. */
  readonly network: { readonly ip: string | null; readonly place: string | null };
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * One rule of an operator's own. The default export of the module that AUTH_ACCESS_RULES_MODULE names is a list of them.
 * All that apply have to say yes, after the product's own rule did: none can open what that one refuses.
 */
export interface AccessRule {
  /** Stands in the log; unlike that of any other rule. */
  readonly name: string;
  /** What it demands, in words: told to refused callers who may ask for reasons. */
  readonly description: string;
  /** Whether it is about that action; asked once for each field, when the server starts. */
  applies(action: AccessAction): boolean;
  /** `true` lets pass, `false` refuses, at once: a promise, any other answer and any error refuse with ACCESS_RULE_UNAVAILABLE. */
  judge(facts: AccessFacts): boolean;
}
