import type { JobDefinition } from '../../platform/feature.js';
import type { ClientSecretNoticeService } from './client-secret-notice.service.js';

/** Every hour: who created a client secret is told that it will end, 14 and 3 days before. */
export const notifyExpiringClientSecretsJob: JobDefinition<{
  clientSecretNotices: ClientSecretNoticeService;
}> = {
  name: 'notify-expiring-client-secrets',
  schedule: '11 * * * *',
  run: async ({ clientSecretNotices }) => await clientSecretNotices.noticeExpiring(),
};
