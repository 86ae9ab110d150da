import type { Feature } from '../../platform/feature.js';
import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { Challenge, ChallengeSchema } from './challenge.entity.js';
import type { ChallengeService } from './challenge.service.js';
import { challengeErrors } from './challenges.contract.js';
import { purgeChallengesJob } from './purge-challenges.job.js';

/** A subject may have a word before the id. */
const issuedFor = ({ userId }: DataSubject) => ({ subject: { $like: `%${userId}` } });

const personalChallenges: PersonalData = {
  table: 'challenges',
  about: 'Links and codes that were sent to the person, as hashes, and the address that each was sent to.',
  action: 'deleted',
  because: 'Nobody may use them any more.',
  count: async (em, subject) => await em.count(Challenge, issuedFor(subject)),
  erase: async (em, subject) => void (await em.nativeDelete(Challenge, issuedFor(subject))),
};

export const challengesFeature: Feature<{ readonly challenges: ChallengeService }> = {
  name: 'challenges',
  needs: [],
  entities: [ChallengeSchema],
  resolvers: [],
  routes: [],
  jobs: [purgeChallengesJob],
  errors: [challengeErrors],
  events: [],
  permissions: {},
  personalData: [personalChallenges],
};
