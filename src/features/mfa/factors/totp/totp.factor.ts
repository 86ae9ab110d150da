import type { Clock } from '../../../../kernel/clock.js';
import { isId } from '../../../../kernel/id.js';
import type { Encryption } from '../../../../platform/crypto/encryption.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../../../platform/database/statements.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { User } from '../../../users/user.entity.js';
import type {
  EnrolledFactor,
  FactorAnswer,
  FactorChallenge,
  ProvedFactor,
  SecondFactor,
} from '../../factor.js';
import { Totp } from './totp.entity.js';
import { openTotpSecret, sealTotpSecret, stepOfCode } from './totp-secret.js';

/**
 * The step only ever moves forward, by the statement that judges it: of many with one code a single one goes on, in
 * whichever process, and none when the clock has been set back.
 */
const USE_STEP = defineStatement<{ readonly id: string }>(
  'totp-use-step',
  `update totp_factors set last_step = $2::int, last_used_at = $3::timestamptz,
     sealed_secret = coalesce($4::text, sealed_secret)
   where id = $1::uuid and confirmed_at is not null and (last_step is null or last_step < $2::int) returning id`,
);

interface Deps {
  readonly em: EntityManager;
  readonly statements: Statements;
  readonly encryption: Encryption;
  readonly clock: Clock;
}

/** Codes of an authenticator app (RFC 6238). */
export class TotpFactor implements SecondFactor {
  readonly kind = 'totp';

  constructor(private readonly deps: Deps) {}

  async listOf(em: EntityManager, userIds: readonly string[]): Promise<EnrolledFactor[]> {
    const which = { userId: { $in: [...userIds] }, confirmedAt: { $ne: null } };
    return (await em.find(Totp, which, { orderBy: { id: 'asc' } })).map(enrolledTotp);
  }

  async challenge(): Promise<FactorChallenge> {
    return { kind: this.kind, hint: null, challengeId: null, publicKey: null, expiresAt: null };
  }

  async verify(user: User, { code }: FactorAnswer): Promise<ProvedFactor | null> {
    const which = { userId: user.id, confirmedAt: { $ne: null } };
    for (const totp of await this.deps.em.fork().find(Totp, which, { orderBy: { id: 'asc' } })) {
      if (!(await this.use(totp, code ?? ''))) continue;
      const { createdBySessionId, createdByAcr, createdByAmr } = totp;
      const lineage = { createdBySessionId, createdByAcr, createdByAmr };
      // RFC 8176 §2 names RFC 6238 under `otp`.
      return { kind: this.kind, id: totp.id, amr: ['otp'], lineage };
    }
    return null;
  }

  async removeWithin({ em }: Unit, userId: string, ids?: readonly string[]): Promise<string[]> {
    const which = { userId, ...(ids === undefined ? {} : { id: { $in: ids.filter(isId) } }) };
    // One that was never confirmed is no factor: it goes without a word.
    const confirmed = await em.find(
      Totp,
      { ...which, confirmedAt: { $ne: null } },
      { orderBy: { id: 'asc' } },
    );
    await em.nativeDelete(Totp, which);
    return confirmed.map(({ id }) => id);
  }

  private async use({ id, sealedSecret }: Totp, code: string): Promise<boolean> {
    const { encryption, statements, clock } = this.deps;
    const now = clock.now();
    const secret = openTotpSecret(encryption, id, sealedSecret);
    const step = stepOfCode(secret, code, now);
    if (step === null) return false;
    const resealed = encryption.needsReseal(sealedSecret) ? sealTotpSecret(encryption, id, secret) : null;
    const rows = await statements.run(USE_STEP, [id, step, now.toISOString(), resealed]);
    return rows.length > 0;
  }
}

/** As one of the factors of its owner. */
export function enrolledTotp(totp: Totp): EnrolledFactor {
  const { id, userId, name, createdAt, lastUsedAt } = totp;
  const { createdBySessionId, createdByAcr, createdByAmr } = totp;
  const lineage = { createdBySessionId, createdByAcr, createdByAmr };
  return { id, userId, kind: 'totp', name, hint: null, createdAt, lastUsedAt, ...lineage };
}
