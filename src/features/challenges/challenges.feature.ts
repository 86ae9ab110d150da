import type { Feature } from '../../platform/feature.js';
import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { ChallengeSchema } from './challenge.entity.js';
import type { ChallengeService } from './challenge.service.js';
import { challengeErrors } from './challenges.contract.js';
import { purgeChallengesJob } from './purge-challenges.job.js';

/**
 * A subject may have a word before the id. An address that somebody else has asked to be given is the person's too;
 * one that another account gave up is not, for by it that account comes back to its owner.
 */
const ABOUT = `from challenges where subject like '%' || ?
  or data ->> 'newEmail' in (select jsonb_array_elements_text(?::jsonb))`;
const parameters = ({ userId, identifiers }: DataSubject) => [userId, JSON.stringify(identifiers)];

const personalChallenges: PersonalData = {
  table: 'challenges',
  about: 'Links and codes that were sent to the person, as hashes, and the address that each was sent to.',
  action: 'deleted',
  because: 'Nobody may use them any more.',
  count: async (em, subject) => {
    const [row]: { rows: number }[] = await em.execute(
      `select count(*)::int as rows ${ABOUT}`,
      parameters(subject),
    );
    return row?.rows ?? 0;
  },
  erase: async (em, subject) => void (await em.execute(`delete ${ABOUT}`, parameters(subject))),
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
