import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { ApiKey } from './api-key.entity.js';

const ofUser = ({ userId }: DataSubject) => ({ ownerKind: 'user', ownerId: userId }) as const;

/**
 * Of a key, its owner gets to read all but the hash of its secret. One that they made for somebody else stays, and forgets
 * who made it.
 */
export const personalApiKeys: PersonalData = {
  table: 'api_keys',
  about: 'The API keys of the person: what they called them, what for, and when they were last used; hashed.',
  action: 'deleted',
  because: 'A key is worth nothing without its owner.',
  count: async (em, subject) => await em.count(ApiKey, ofUser(subject)),
  erase: async (em, subject) => {
    await em.nativeDelete(ApiKey, ofUser(subject));
    await em.nativeUpdate(ApiKey, { createdByUserId: subject.userId }, { createdByUserId: null });
  },
  export: async (em, subject) =>
    (await em.find(ApiKey, ofUser(subject), { orderBy: { id: 'desc' } })).map(exported),
};

function exported({ id, name, scopes, allowedNetworks, revokeReason, ...key }: ApiKey): object {
  return {
    id,
    name,
    scopes,
    allowedNetworks,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    endedAt: key.revokedAt?.toISOString() ?? null,
    endedBecause: revokeReason,
  };
}
