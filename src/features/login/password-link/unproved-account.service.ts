import type { Caller } from '../../../kernel/caller.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { ApiKeyService } from '../../api-keys/api-key.service.js';
import type { MfaService } from '../../mfa/mfa.service.js';
import type { TrustedDeviceService } from '../../mfa/trusted-devices/trusted-device.service.js';
import type { User } from '../../users/user.entity.js';

interface Deps {
  readonly apiKeys: ApiKeyService;
  readonly mfa: MfaService;
  readonly trustedDevices: TrustedDeviceService;
}

/**
 * Clears an account for the owner of its address, who comes by the first mail that proves it. Somebody else may have
 * opened it and waited for them (pre-hijacking): a passkey or key of theirs must not stay in it.
 */
export class UnprovedAccountService {
  constructor(private readonly deps: Deps) {}

  /** Within a unit that holds the user and is about to mark the address as proved; afterwards it changes nothing. */
  async clearWithin(unit: Unit, caller: Caller, user: User): Promise<void> {
    if (user.emailVerifiedAt !== null) return;
    await this.deps.apiKeys.endAllOf(unit, caller, user.id, 'password_reset');
    if (!(await isAsSignedUp(unit, user.id))) return;
    await this.deps.mfa.removeWithin(unit, caller, { user, by: 'address_proved' });
    await this.deps.trustedDevices.revokeAllWithin(unit, user.id);
  }
}

/**
 * Whether whoever signed up gave the address, and nobody proved or changed it since. An admin who changes the address of
 * somebody leaves it unproved as well: alone, they must not get rid of the second factors by it.
 */
async function isAsSignedUp({ em }: Unit, userId: string): Promise<boolean> {
  const rows: unknown[] = await em.execute(
    `select 1 from audit_events
     where user_id = ? and (name in ('email.verified', 'email.changed') or
       (name = 'user.created' and payload ->> 'by' = 'sign_up') or
       (name = 'user.updated' and payload -> 'fields' @> '["emailVerified"]'::jsonb))
     group by user_id having bool_and(name = 'user.created')`,
    [userId],
  );
  return rows.length > 0;
}
