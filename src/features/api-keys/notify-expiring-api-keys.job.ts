import type { JobDefinition } from '../../platform/feature.js';
import type { ApiKeyNoticeService } from './api-key-notice.service.js';

/** Every hour: who can replace a key is told that it will end, 14 and 3 days before. */
export const notifyExpiringApiKeysJob: JobDefinition<{ apiKeyNotices: ApiKeyNoticeService }> = {
  name: 'notify-expiring-api-keys',
  schedule: '7 * * * *',
  run: async ({ apiKeyNotices }) => await apiKeyNotices.noticeExpiring(),
};
