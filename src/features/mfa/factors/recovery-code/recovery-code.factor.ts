import { createHash } from 'node:crypto';
import type { Caller } from '../../../../kernel/caller.js';
import { newId } from '../../../../kernel/id.js';
import type { Lineage } from '../../../../kernel/lineage.js';
import { randomToken } from '../../../../platform/crypto/random.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { User } from '../../../users/user.entity.js';
import type { EnrolledFactor, FactorChallenge, ProvedFactor, SecondFactor } from '../../factor.js';
import { recoveryCodesIssued } from '../../mfa.contract.js';
import { RecoveryCode } from './recovery-code.entity.js';

const CODES = 10;

interface Deps {
  readonly em: EntityManager;
}

/** Codes on paper that stand in for the other factors when those are lost. */
export class RecoveryCodeFactor implements SecondFactor {
  readonly kind = 'recovery_code';

  constructor(protected readonly deps: Deps) {}

  async listOf(_em: EntityManager, _userIds: readonly string[]): Promise<EnrolledFactor[]> {
    return [];
  }

  async challenge(): Promise<FactorChallenge> {
    return { kind: this.kind, hint: null, challengeId: null, publicKey: null, expiresAt: null };
  }

  async verify(): Promise<ProvedFactor | null> {
    return null;
  }

  async removeWithin({ em }: Unit, userId: string): Promise<string[]> {
    await em.nativeDelete(RecoveryCode, { userId });
    return [];
  }

  /** New codes in the place of all earlier ones, shown here and never again. */
  async replaceWithin(
    unit: Unit,
    caller: Caller,
    { user, lineage }: { user: User; lineage: Lineage },
  ): Promise<readonly string[]> {
    await this.removeWithin(unit, user.id);
    const codes = Array.from({ length: CODES }, () => randomToken(16));
    for (const code of codes) {
      const codeHash = createHash('sha256').update(code).digest('hex');
      unit.em.create(RecoveryCode, {
        id: newId(),
        userId: user.id,
        codeHash,
        createdAt: unit.now,
        usedAt: null,
        ...lineage,
      });
    }
    const subject = { type: 'user', id: user.id };
    unit.emit(recoveryCodesIssued, { caller, subject, userId: user.id, payload: { count: CODES } });
    return codes;
  }
}
