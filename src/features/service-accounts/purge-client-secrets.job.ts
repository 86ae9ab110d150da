import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { JobDefinition } from '../../platform/feature.js';
import { ClientSecret } from './client-secret.entity.js';

/** Kept so long for whoever looks into what it was used for; its tokens are long gone by then. */
const KEPT_SECONDS = 90 * 86_400;

/** Every night: client secrets that ended three months ago go. What was made with one keeps where that came from. */
export const purgeClientSecretsJob: JobDefinition<{ em: EntityManager; clock: Clock }> = {
  name: 'purge-client-secrets',
  schedule: '43 2 * * *',
  run: async ({ em, clock }) => {
    const before = { $lt: addSeconds(clock.now(), -KEPT_SECONDS) };
    await em.fork().nativeDelete(ClientSecret, { $or: [{ revokedAt: before }, { expiresAt: before }] });
  },
};
