import { addSeconds, type Clock } from '../../../../kernel/clock.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { JobDefinition } from '../../../../platform/feature.js';
import { PENDING_SECONDS, Totp } from './totp.entity.js';

/** Secrets whose first code never came are gone after an hour or so. */
export const purgeUnconfirmedTotpsJob: JobDefinition<{ em: EntityManager; clock: Clock }> = {
  name: 'purge-unconfirmed-totps',
  schedule: '*/10 * * * *',
  run: async ({ em, clock }) => {
    const before = addSeconds(clock.now(), -PENDING_SECONDS);
    await em.fork().nativeDelete(Totp, { confirmedAt: null, createdAt: { $lt: before } });
  },
};
