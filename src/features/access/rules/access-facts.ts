import type { Principal } from '../../../kernel/caller.js';
import { isSecretName } from '../../../kernel/redact.js';
import type { Asked } from '../../../kernel/rule.js';
import { deepFreeze } from '../../../platform/config/deep-freeze.js';
import type { AccessAction, AccessFacts, AccessPrincipal } from './access-rules.contract.js';

/** Deeper than any input of ours. */
const MAX_LEVELS = 20;

/** Whatever ends in one of these words may be a secret, or a proof; `tokenId` and `userIds` do not. */
const SECRET_ENDINGS = /(password|secret|token|code|codes|credential|assertion|authorization|cookie|key)$/i;

/**
 * What the rules are told: a copy, frozen, so that nothing of it leads back into the program. The attributes of a resource
 * are a service's own words to its own rules; from the arguments of our fields everything is left out that may be a secret.
 */
export function factsOf(action: AccessAction, { caller, resource, args, now }: Asked): AccessFacts {
  const { principal, ip, place } = caller;
  const { name, permissions } = action;
  return deepFreeze({
    action: { name, permissions: [...permissions] },
    principal: principalOf(principal),
    resource: resource && {
      type: resource.type,
      id: resource.id,
      attributes: plainObject(resource.attributes, () => true, MAX_LEVELS),
    },
    input: args && plainObject(args, isHarmless, MAX_LEVELS),
    network: { ip, place },
    now: now.getTime(),
  });
}

const NOBODY: AccessPrincipal = {
  kind: 'anonymous',
  id: null,
  roles: [],
  permissions: [],
  acr: null,
  amr: [],
  authTime: null,
  emailVerified: null,
  owner: null,
};

function principalOf(principal: Principal): AccessPrincipal {
  if (principal.kind === 'anonymous' || principal.kind === 'system') return NOBODY;
  const { kind, id, roles, permissions } = principal;
  const known = { ...NOBODY, kind, id, roles: [...roles], permissions: [...permissions] };
  if (kind === 'api_key') return { ...known, owner: { ...principal.owner } };
  if (kind === 'service_account') return known;
  const { acr, amr, authTime, emailVerified } = principal;
  return { ...known, acr, amr: [...amr], authTime, emailVerified };
}

function isHarmless(name: string): boolean {
  return !isSecretName(name) && !SECRET_ENDINGS.test(name);
}

/** A copy of what JSON can say of the members that are to be kept. */
function plainObject(
  value: object,
  isKept: (name: string) => boolean,
  levels: number,
): Record<string, unknown> {
  const kept = Object.entries(value)
    .filter(([name]) => isKept(name))
    .map(([name, each]): [string, unknown] => [name, plain(each, isKept, levels)])
    .filter(([, each]) => each !== undefined);
  // Makes own members only: an assignment to `__proto__` would call its setter.
  return Object.fromEntries(kept);
}

function plain(value: unknown, isKept: (name: string) => boolean, levels: number): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || levels === 0) return undefined;
  return Array.isArray(value)
    ? value.map((each) => plain(each, isKept, levels - 1))
    : plainObject(value, isKept, levels - 1);
}
