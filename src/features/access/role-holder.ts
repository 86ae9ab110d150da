import { errors } from '../../kernel/errors.js';
import type { RoleHolder } from './role-assignment.entity.js';

/** Somebody who holds a role, or is to hold one, as an input names them. */
export interface NamedHolder {
  readonly userId?: string | null;
  readonly groupId?: string | null;
  readonly serviceAccountId?: string | null;
}

/** The one holder that is named. Throws INVALID_INPUT for none, or more than one. */
export function holderIn({ userId, groupId, serviceAccountId }: NamedHolder): RoleHolder {
  const named = [
    ...(userId ? [{ kind: 'user', id: userId.toLowerCase() } as const] : []),
    ...(groupId ? [{ kind: 'group', id: groupId.toLowerCase() } as const] : []),
    ...(serviceAccountId ? [{ kind: 'service_account', id: serviceAccountId.toLowerCase() } as const] : []),
  ];
  const [holder, ...others] = named;
  if (holder && others.length === 0) return holder;
  const reasons = ['Name exactly one of userId, groupId and serviceAccountId.'];
  throw errors.INVALID_INPUT({ details: { reasons } });
}
