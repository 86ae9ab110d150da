import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import type { AccessService } from '../access/access.service.js';
import type { LiveMachineTokenService } from '../service-accounts/live-machine-token.service.js';
import type { MachineClaims } from '../tokens/token.claims.js';
import { tokenErrors } from '../tokens/tokens.contract.js';

interface Deps {
  readonly liveMachineTokens: LiveMachineTokenService;
  readonly access: AccessService;
}

/** Who comes with the access token of a service account (RFC 6749 §4.4). */
export class MachineScheme {
  constructor(private readonly deps: Deps) {}

  /**
   * The account, with what is left of the token among the rights that its roles give at this moment. Throws
   * TOKEN_EXPIRED, and TOKEN_INVALID for a token that was ended, with its secret or with its account.
   */
  async principalOf(claims: MachineClaims, state: 'valid' | 'expired'): Promise<ServiceAccountPrincipal> {
    if (state === 'expired') throw tokenErrors.TOKEN_EXPIRED();
    const token = await this.deps.liveMachineTokens.find(claims);
    if (!token) throw tokenErrors.TOKEN_INVALID();
    const {
      tokenId,
      serviceAccountId: id,
      clientSecretId,
      name,
      scopes,
      audiences,
      expiresAt,
      lineage,
    } = token;
    const grants = await this.deps.access.grantsOf({ kind: 'service_account', id });
    return {
      kind: 'service_account',
      id,
      name,
      credentialIds: [id, clientSecretId, tokenId],
      byAccessToken: true,
      lineage,
      expiresAt: Math.floor(expiresAt / 1000),
      audiences,
      ...this.deps.access.partOf(grants, scopes),
    };
  }
}
