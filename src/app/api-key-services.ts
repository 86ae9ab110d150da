import { ApiKeyService } from '../features/api-keys/api-key.service.js';
import { ApiKeyChangeService } from '../features/api-keys/api-key-change.service.js';
import { ApiKeyGuardService } from '../features/api-keys/api-key-guard.service.js';
import { ApiKeyListService } from '../features/api-keys/api-key-list.service.js';
import { ApiKeyMailService } from '../features/api-keys/api-key-mail.service.js';
import { ApiKeyNoticeService } from '../features/api-keys/api-key-notice.service.js';
import { ApiKeyOwnerService } from '../features/api-keys/api-key-owner.service.js';
import { keyEnvironmentOf } from '../features/api-keys/api-key-text.js';
import { LiveApiKeyService } from '../features/api-keys/live-api-key.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure & DepsOf<typeof ApiKeyOwnerService>;

/** Floor 5: keys, how they begin, change and end, and who comes with one. */
export function buildApiKeys(below: Below) {
  const { config } = below;
  const parts = {
    ...below,
    environment: keyEnvironmentOf(config.environment),
    settings: config.apiKeys,
    apiKeyOwners: new ApiKeyOwnerService(below),
    apiKeyMails: new ApiKeyMailService(below),
  };
  new ApiKeyGuardService(below);
  const apiKeys = new ApiKeyService(parts);
  return {
    apiKeys,
    apiKeyChanges: new ApiKeyChangeService({ ...parts, apiKeys }),
    apiKeyLists: new ApiKeyListService(parts),
    apiKeyNotices: new ApiKeyNoticeService(parts),
    liveApiKeys: new LiveApiKeyService(parts),
  };
}
