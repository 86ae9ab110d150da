import type { AcceptedKey, LiveApiKeyService, RefusedKey } from '../api-keys/live-api-key.service.js';
import type { Asker } from './asker.service.js';

/** What is told of an API key that works. */
export interface ValidKey {
  readonly valid: true;
  /** Null for the key of a service account. */
  readonly user_id: string | null;
  readonly scopes: readonly string[];
  readonly key_id: string;
  /** ISO 8601, or null for one that does not expire. */
  readonly expires_at: string | null;
  /** The name of the service account that owns it, or null. */
  readonly service: string | null;
}

/** Why one does not. Whoever lacks the right secret hears `invalid_api_key`, whatever the key may be. */
export interface InvalidKey {
  readonly valid: false;
  readonly code: 'invalid_api_key' | 'expired_api_key' | 'revoked_api_key';
}

const INVALID: InvalidKey = { valid: false, code: 'invalid_api_key' };
const EXPIRED: InvalidKey = { valid: false, code: 'expired_api_key' };
const REVOKED: InvalidKey = { valid: false, code: 'revoked_api_key' };

const refusals: Readonly<Record<RefusedKey['refused'], InvalidKey>> = {
  invalid: INVALID,
  network: INVALID,
  expired: EXPIRED,
  revoked: REVOKED,
  owner_disabled: REVOKED,
};

interface Deps {
  readonly liveApiKeys: LiveApiKeyService;
  readonly ownAudience: string;
}

/** Answers for API keys in short, to service accounts that own the audience of this API. */
export class KeyCheckService {
  private readonly answered = new WeakMap<AcceptedKey, ValidKey>();

  constructor(private readonly deps: Deps) {}

  /** `clientIp` is where the key was used, or null where the asker does not say. The same object for the same answer. */
  async check(asker: Asker, presented: string, clientIp: string | null): Promise<ValidKey | InvalidKey> {
    if (!asker.audiences.includes(this.deps.ownAudience)) return INVALID;
    const examined = await this.deps.liveApiKeys.examine(presented, clientIp);
    if ('refused' in examined) return refusals[examined.refused];
    const known = this.answered.get(examined);
    if (known) return known;
    const answer = validKey(examined);
    this.answered.set(examined, answer);
    return answer;
  }
}

function validKey({ principal: { id, owner, permissions, expiresAt }, service }: AcceptedKey): ValidKey {
  return {
    valid: true,
    user_id: owner.kind === 'user' ? owner.id : null,
    scopes: [...permissions],
    key_id: id,
    expires_at: expiresAt === null ? null : new Date(expiresAt * 1000).toISOString(),
    service,
  };
}
