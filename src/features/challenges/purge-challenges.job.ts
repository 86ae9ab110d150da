import type { JobDefinition } from '../../platform/feature.js';
import type { ChallengeService } from './challenge.service.js';

/** Deletes challenges that have been dead for a day. */
export const purgeChallengesJob: JobDefinition<{ readonly challenges: ChallengeService }> = {
  name: 'purge-challenges',
  schedule: '17 * * * *',
  run: ({ challenges }) => challenges.purge(),
};
