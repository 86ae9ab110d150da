import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { ClientSecret } from './client-secret.entity.js';

const createdBy = ({ userId }: DataSubject) => ({ createdByUserId: userId });

/** Who created a secret is told before it expires; that is all it says of them. */
export const personalClientSecrets: PersonalData = {
  table: 'client_secrets',
  about: 'The client secrets of machines that the person created.',
  action: 'anonymised',
  because: 'The machines go on without whoever set them up.',
  count: async (em, subject) => await em.count(ClientSecret, createdBy(subject)),
  erase: async (em, subject) =>
    void (await em.nativeUpdate(ClientSecret, createdBy(subject), { createdByUserId: null })),
  export: async (em, subject) => {
    const created = await em.find(ClientSecret, createdBy(subject), { orderBy: { id: 'asc' } });
    return created.map(({ id, serviceAccountId, name, createdAt }) => ({
      id,
      serviceAccountId,
      name,
      createdAt: createdAt.toISOString(),
    }));
  },
};
