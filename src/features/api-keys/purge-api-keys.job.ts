import type { JobDefinition } from '../../platform/feature.js';
import type { ApiKeyNoticeService } from './api-key-notice.service.js';

/** Every night: keys that ended three months ago go. */
export const purgeApiKeysJob: JobDefinition<{ apiKeyNotices: ApiKeyNoticeService }> = {
  name: 'purge-api-keys',
  schedule: '53 2 * * *',
  run: async ({ apiKeyNotices }) => await apiKeyNotices.purge(),
};
