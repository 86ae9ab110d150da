import type { ApiKeyPrincipal } from '../../kernel/caller.js';
import { API_KEY_PREFIX, apiKeyErrors } from '../api-keys/api-keys.contract.js';
import type { LiveApiKeyService } from '../api-keys/live-api-key.service.js';
import type { Credentials, Scheme } from './scheme.js';
import { bearerToken } from './session.scheme.js';

/** `X-API-Key`, or `Authorization: Bearer` with what claims to be a key; of both, the latter decides alone. */
export class ApiKeyScheme implements Scheme {
  constructor(private readonly deps: { readonly liveApiKeys: LiveApiKeyService }) {}

  recognises({ authorization, apiKey }: Credentials): boolean {
    if (authorization === null) return apiKey !== null;
    return bearerToken(authorization)?.startsWith(API_KEY_PREFIX) ?? false;
  }

  /** Throws API_KEY_INVALID. */
  async authenticate({ authorization, apiKey, ip }: Credentials): Promise<ApiKeyPrincipal> {
    const presented = authorization === null ? apiKey : bearerToken(authorization);
    if (presented === null) throw apiKeyErrors.API_KEY_INVALID();
    return await this.deps.liveApiKeys.authenticate(presented, ip);
  }
}
