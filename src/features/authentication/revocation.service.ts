import type { Caller } from '../../kernel/caller.js';
import { API_KEY_PREFIX } from '../api-keys/api-keys.contract.js';
import type { ApiKeyService } from '../api-keys/api-key.service.js';
import type { LiveApiKeyService } from '../api-keys/live-api-key.service.js';
import type { MachineTokenService } from '../service-accounts/machine-token.service.js';
import { isOfUser } from '../tokens/token.claims.js';
import type { TokenService } from '../tokens/token.service.js';

interface Deps {
  readonly tokens: TokenService;
  readonly machineTokens: MachineTokenService;
  readonly liveApiKeys: LiveApiKeyService;
  readonly apiKeys: ApiKeyService;
}

/** Lets service accounts end what they have: their access tokens and API keys (RFC 7009). */
export class RevocationService {
  constructor(private readonly deps: Deps) {}

  /** Ends the token if it is the account's own; of any other token nobody learns that it is one. */
  async revoke(caller: Caller, serviceAccountId: string, token: string): Promise<void> {
    if (token.startsWith(API_KEY_PREFIX)) {
      await this.revokeKey(caller, serviceAccountId, token);
      return;
    }
    const read = await this.deps.tokens.readAccessToken(token);
    if (read.state !== 'valid' || isOfUser(read.claims) || read.claims.sub !== serviceAccountId) return;
    await this.deps.machineTokens.revoke(caller, read.claims);
  }

  private async revokeKey(caller: Caller, serviceAccountId: string, token: string): Promise<void> {
    const key = await this.deps.liveApiKeys.identify(token);
    if (key?.owner.kind !== 'service_account' || key.owner.id !== serviceAccountId) return;
    await this.deps.apiKeys.revoke(caller, key.id);
  }
}
