import { type Principal, systemCaller, type UserPrincipal } from '../../src/kernel/caller.js';
import { NO_LINEAGE } from '../../src/kernel/lineage.js';
import type { Question } from '../../src/kernel/rule.js';

/** The moment at which it is asked. */
export const NOW = new Date('2026-03-02T10:00:00Z');

/** A user who has just signed in with a password. */
export function userPrincipal(
  facts: Partial<UserPrincipal> & { may?: readonly string[] } = {},
): UserPrincipal {
  const { may = [], ...own } = facts;
  return {
    kind: 'user',
    id: 'ada',
    email: 'ada@example.com',
    emailVerified: false,
    sessionId: 'session',
    authTime: NOW.getTime() / 1000,
    amr: ['pwd'],
    acr: 'aal1',
    provedAt: NOW.getTime() / 1000,
    fresh: true,
    expiresAt: 0,
    roles: [],
    permissions: new Set(may),
    ...own,
  };
}

/** A service account with those permissions. */
export function servicePrincipal(...may: readonly string[]): Principal {
  const facts = {
    id: 'machine',
    name: 'machine',
    credentialIds: ['machine'],
    byAccessToken: false,
    lineage: NO_LINEAGE,
    expiresAt: null,
    audiences: [],
  };
  return { kind: 'service_account', ...facts, roles: [], permissions: new Set(may) };
}

/** An API key of Ada's with those permissions. */
export function keyPrincipal(...may: readonly string[]): Principal {
  const facts = { id: 'key', name: 'key', credentialIds: ['key'], expiresAt: null, audiences: [] };
  const owner = { kind: 'user', id: 'ada' } as const;
  return { kind: 'api_key', owner, ...facts, roles: [], permissions: new Set(may) };
}

/** What a rule is asked on behalf of that principal. */
export function questionOf(principal: Principal, facts: Partial<Question> = {}): Question {
  const caller = { ...systemCaller(), principal };
  return { caller, parent: undefined, args: {}, now: NOW, freshSeconds: 900, ...facts };
}
