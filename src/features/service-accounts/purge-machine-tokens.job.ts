import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { JobDefinition } from '../../platform/feature.js';
import { MachineToken } from './machine-token.entity.js';

/** Kept so long, so that a token that somebody asks about can still be told from one that never was. */
const KEPT_SECONDS = 86_400;

/** Every hour: access tokens of service accounts that expired a day ago go. */
export const purgeMachineTokensJob: JobDefinition<{ em: EntityManager; clock: Clock }> = {
  name: 'purge-machine-tokens',
  schedule: '23 * * * *',
  run: async ({ em, clock }) => {
    const before = addSeconds(clock.now(), -KEPT_SECONDS);
    await em.fork().nativeDelete(MachineToken, { expiresAt: { $lt: before } });
  },
};
