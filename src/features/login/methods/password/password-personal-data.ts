import type { DataSubject, PersonalData } from '../../../../platform/personal-data.js';
import { Password } from './password.entity.js';

const ofUser = ({ userId }: DataSubject) => ({ userId });

/** Of a password, its owner gets to read since when they have it. */
export const personalPasswords: PersonalData = {
  table: 'passwords',
  about: 'The password of the person, hashed, and when it was set.',
  action: 'deleted',
  because: 'Nobody signs in to the account any more.',
  count: async (em, subject) => await em.count(Password, ofUser(subject)),
  erase: async (em, subject) => void (await em.nativeDelete(Password, ofUser(subject))),
  export: async (em, subject) => {
    const password = await em.findOne(Password, ofUser(subject));
    return password && { changedAt: password.changedAt.toISOString() };
  },
};
