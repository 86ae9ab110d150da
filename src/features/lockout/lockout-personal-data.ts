import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { FailureCounter } from './failure-counter.entity.js';

const about = ({ userId }: DataSubject) => ({ account: `user:${userId}` });

/** From where somebody signed in, and how often it failed: fingerprints of networks and devices beside their id. */
export const personalCounters: PersonalData = {
  table: 'failure_counters',
  about:
    'How often signing in to the account failed, and which networks and devices are known for it, as fingerprints.',
  action: 'deleted',
  because: 'There is no account any more to be guarded.',
  count: async (em, subject) => await em.count(FailureCounter, about(subject)),
  erase: async (em, subject) => void (await em.nativeDelete(FailureCounter, about(subject))),
};
