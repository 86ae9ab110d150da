import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import type { Metrics, Tally } from '../../platform/metrics.js';
import { API_KEY_PREFIX, apiKeyErrors } from '../api-keys/api-keys.contract.js';
import type { LiveApiKeyService } from '../api-keys/live-api-key.service.js';
import { apiKeyUses } from './authentication.contract.js';
import type { Credentials, Scheme } from './scheme.js';
import { bearerToken } from './session.scheme.js';

/** `X-API-Key`, or `Authorization: Bearer` with what claims to be a key; of both, the latter decides alone. */
export class ApiKeyScheme implements Scheme {
  private readonly uses: { readonly accepted: Tally; readonly refused: Tally };

  constructor(private readonly deps: { readonly liveApiKeys: LiveApiKeyService; readonly metrics: Metrics }) {
    const tallies = deps.metrics.counter(apiKeyUses);
    this.uses = { accepted: tallies.of('accepted'), refused: tallies.of('refused') };
  }

  recognises({ authorization, apiKey }: Credentials): boolean {
    if (authorization === null) return apiKey !== null;
    return bearerToken(authorization)?.startsWith(API_KEY_PREFIX) ?? false;
  }

  /** Throws API_KEY_INVALID. */
  async authenticate({ authorization, apiKey, ip }: Credentials): Promise<ApiKeyPrincipal> {
    const presented = authorization === null ? apiKey : bearerToken(authorization);
    const examined = presented === null ? null : await this.deps.liveApiKeys.examine(presented, ip);
    if (examined === null || 'refused' in examined) {
      this.uses.refused.count += 1;
      throw apiKeyErrors.API_KEY_INVALID();
    }
    this.uses.accepted.count += 1;
    return examined.principal;
  }
}
