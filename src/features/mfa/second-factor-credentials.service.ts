import type { Caller } from '../../kernel/caller.js';
import type { CredentialKind, PlantedCredential, Uprooting } from '../../platform/credential-kind.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { User } from '../users/user.entity.js';
import { EmailCode } from './factors/email-code/email-code.entity.js';
import { Passkey } from './factors/passkey/passkey.entity.js';
import { RecoveryCode } from './factors/recovery-code/recovery-code.entity.js';
import { Totp } from './factors/totp/totp.entity.js';
import type { MfaService } from './mfa.service.js';

/** Second factors as what a session may have planted: those not confirmed yet as well, and recovery codes as one set. */
export class SecondFactorCredentialsService implements CredentialKind {
  readonly kind = 'second_factor';
  readonly permission = null;

  constructor(private readonly deps: { readonly mfa: MfaService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return await find(em, { createdBySessionId: { $in: [...sessionIds] } });
  }

  async createdSince(em: EntityManager, userId: string, since: Date): Promise<PlantedCredential[]> {
    return await find(em, { userId, createdAt: { $gte: since } });
  }

  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[], by: Uprooting): Promise<string[]> {
    const planted = await find(unit.em, { id: { $in: [...ids] } });
    const removed: string[] = [];
    for (const [userId, ofUser] of Map.groupBy(planted, (each) => each.userId)) {
      if (userId === null || !(await mayGo(unit, caller, { userId, ids, by }))) continue;
      const user = await unit.em.findOneOrFail(User, { id: userId });
      await this.deps.mfa.removeWithin(unit, caller, { user, ids, by });
      removed.push(...ofUser.map(({ id }) => id));
    }
    return removed;
  }
}

/**
 * One admin alone leaves nobody without a second factor, by whatever name: that takes two. A code by mail does not count
 * as one that is left, since an admin may change the address.
 */
async function mayGo(
  { em }: Unit,
  { principal }: Caller,
  { userId, ids, by }: { userId: string; ids: readonly string[]; by: Uprooting },
): Promise<boolean> {
  const isOwner = principal.kind === 'user' && principal.id === userId;
  if (isOwner || by === 'email_undo' || principal.kind === 'system') return true;
  const left = { userId, id: { $nin: [...ids] } };
  const others = await em.count(Passkey, left);
  return others > 0 || (await em.count(Totp, { ...left, confirmedAt: { $ne: null } })) > 0;
}

type Where = { userId?: string; id?: object; createdBySessionId?: object; createdAt?: object };

async function find(em: EntityManager, where: Where): Promise<PlantedCredential[]> {
  const order = { orderBy: { id: 'asc' } } as const;
  const totps = await em.find(Totp, where, order);
  const passkeys = await em.find(Passkey, where, order);
  const emailCodes = await em.find(EmailCode, where, order);
  const codes = await em.find(RecoveryCode, where, order);
  // The set of an account goes by the id of its first code.
  const sets = [...Map.groupBy(codes, ({ userId }) => userId).values()].flatMap(([first]) => first ?? []);
  return [
    ...totps.map((row) => asPlanted('totp', row, row.name)),
    ...passkeys.map((row) => asPlanted('passkey', row, row.name)),
    ...emailCodes.map((row) => asPlanted('email_code', row, null)),
    ...sets.map((row) => asPlanted('recovery_code', row, null)),
  ];
}

function asPlanted(
  kind: string,
  { id, userId, createdAt, createdBySessionId }: Totp | Passkey | EmailCode | RecoveryCode,
  name: string | null,
): PlantedCredential {
  return { kind, id, userId, name, createdAt, createdBySessionId };
}
