import type { Feature } from '../../platform/feature.js';
import { ChallengeSchema } from './challenge.entity.js';
import type { ChallengeService } from './challenge.service.js';
import { challengeErrors } from './challenges.contract.js';
import { purgeChallengesJob } from './purge-challenges.job.js';

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
};
