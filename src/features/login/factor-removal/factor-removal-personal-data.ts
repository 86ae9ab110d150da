import type { DataSubject, PersonalData } from '../../../platform/personal-data.js';
import { FactorRemoval } from './factor-removal.entity.js';

const ofUser = ({ userId }: DataSubject) => ({ userId });

/** Of the admins there is an id alone; the audit trail says who they were for as long as it may. */
export const personalFactorRemovals: PersonalData = {
  table: 'factor_removals',
  about: 'That admins asked for the removal of the person’s second factors, when, and for what reason.',
  action: 'deleted',
  because: 'There is nothing left to remove; that it happened stands in the audit trail.',
  count: async (em, subject) => await em.count(FactorRemoval, ofUser(subject)),
  erase: async (em, subject) => void (await em.nativeDelete(FactorRemoval, ofUser(subject))),
  export: async (em, subject) => {
    const removals = await em.find(FactorRemoval, ofUser(subject), { orderBy: { id: 'asc' } });
    return removals.map(({ reason, createdAt, confirmedAt, withdrawnAt }) => ({
      reason,
      askedAt: createdAt.toISOString(),
      confirmedAt: confirmedAt?.toISOString() ?? null,
      withdrawnAt: withdrawnAt?.toISOString() ?? null,
    }));
  },
};
