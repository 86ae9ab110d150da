import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { JobDefinition } from '../../platform/feature.js';
import { Session } from './session.entity.js';

const DAY = 86_400;
/** Ended sessions stay this long, so that their owner and the admins can still look at them. */
const KEPT_DAYS = 30;

/** Every night: sessions that ended a month ago go, and with them their refresh families. */
export const purgeSessionsJob: JobDefinition<{ em: EntityManager; clock: Clock }> = {
  name: 'purge-sessions',
  schedule: '41 2 * * *',
  run: async ({ em, clock }) => {
    const before = addSeconds(clock.now(), -KEPT_DAYS * DAY);
    await em
      .fork()
      .nativeDelete(Session, { $or: [{ expiresAt: { $lt: before } }, { revokedAt: { $lt: before } }] });
  },
};
