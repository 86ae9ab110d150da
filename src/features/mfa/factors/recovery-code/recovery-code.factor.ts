import type { Caller } from '../../../../kernel/caller.js';
import { newId } from '../../../../kernel/id.js';
import type { Lineage } from '../../../../kernel/lineage.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../../../platform/mail/mail-outbox.js';
import type { User } from '../../../users/user.entity.js';
import type {
  EnrolledFactor,
  FactorAnswer,
  FactorChallenge,
  ProofContext,
  ProvedFactor,
  SecondFactor,
} from '../../factor.js';
import { holdAccount } from '../../held-user.js';
import { recoveryCodesIssued, recoveryCodeUsed } from '../../mfa.contract.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { newRecoveryCode, recoveryCodeHash } from './recovery-code-text.js';
import { recoveryCodesLowMail } from './recovery-codes-low.mail.js';

const CODES = 10;
/** So few left that their owner is told. */
const FEW = 2;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly mails: MailOutbox;
}

/** Codes on paper that stand in for the other factors when those are lost. The codes of an account are one set. */
export class RecoveryCodeFactor implements SecondFactor {
  readonly kind = 'recovery_code';

  constructor(private readonly deps: Deps) {}

  /** One for each set that has a code left. */
  async listOf(em: EntityManager, userIds: readonly string[]): Promise<EnrolledFactor[]> {
    const sets = await this.setsOf(em, userIds);
    return sets.flatMap((codes) => (leftOf(codes) > 0 ? setOf(codes) : []));
  }

  async challenge(): Promise<FactorChallenge> {
    return { kind: this.kind, hint: null, challengeId: null, publicKey: null, expiresAt: null };
  }

  /** Burns the code, says so in the audit trail and, when few are left, to the owner: all of it or nothing. */
  async verify(
    { id: userId }: User,
    { code }: FactorAnswer,
    _context: ProofContext,
    caller: Caller,
  ): Promise<ProvedFactor | null> {
    const codeHash = recoveryCodeHash(code ?? '');
    if (codeHash === null) return null;
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdAccount(unit, userId);
      const unused = { userId, codeHash, usedAt: null };
      if ((await unit.em.nativeUpdate(RecoveryCode, unused, { usedAt: unit.now })) === 0) return null;
      const [codes = []] = await this.setsOf(unit.em, [userId]);
      const left = leftOf(codes);
      const subject = { type: 'user', id: userId };
      unit.emit(recoveryCodeUsed, { caller, subject, userId, payload: { left } });
      if (left <= FEW) this.warn(unit, user, left);
      const [set] = setOf(codes);
      if (!set) return null;
      const { id, createdBySessionId, createdByAcr, createdByAmr } = set;
      // A look-up secret (NIST SP 800-63B §3.1.2) is a password that works once, and that is what RFC 8176 calls `otp`.
      return {
        kind: this.kind,
        id,
        amr: ['otp'],
        lineage: { createdBySessionId, createdByAcr, createdByAmr },
      };
    });
  }

  /** The set goes as a whole. */
  async removeWithin({ em }: Unit, userId: string, ids?: readonly string[]): Promise<string[]> {
    const [codes = []] = await this.setsOf(em, [userId]);
    const [set] = setOf(codes);
    if (!set || (ids !== undefined && !ids.includes(set.id))) return [];
    await em.nativeDelete(RecoveryCode, { userId });
    return [set.id];
  }

  /** New codes in the place of all earlier ones, shown here and never again. Within a unit that holds the user. */
  async replaceWithin(
    unit: Unit,
    caller: Caller,
    { user, lineage }: { user: User; lineage: Lineage },
  ): Promise<readonly string[]> {
    const [replacedId = null] = await this.removeWithin(unit, user.id);
    const codes = Array.from({ length: CODES }, newRecoveryCode);
    for (const code of codes) {
      unit.em.create(RecoveryCode, {
        id: newId(),
        userId: user.id,
        codeHash: recoveryCodeHash(code) ?? '',
        createdAt: unit.now,
        usedAt: null,
        ...lineage,
      });
    }
    const subject = { type: 'user', id: user.id };
    const payload = { count: CODES, replacedId };
    unit.emit(recoveryCodesIssued, { caller, subject, userId: user.id, payload });
    return codes;
  }

  /** How many codes are left of those that ever were; users without any are not among the answers. */
  async countLeftOfMany(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sets = await this.setsOf(this.deps.em.fork(), userIds);
    return new Map(sets.flatMap((codes) => setOf(codes).map(({ userId }) => [userId, leftOf(codes)])));
  }

  /** Whether the account has that set, be its last code used up or not. */
  async hasWithin({ em }: Unit, userId: string, id: string): Promise<boolean> {
    const [codes = []] = await this.setsOf(em, [userId]);
    return setOf(codes).some((set) => set.id === id);
  }

  private async setsOf(em: EntityManager, userIds: readonly string[]): Promise<RecoveryCode[][]> {
    const which = { userId: { $in: [...userIds] } };
    const codes = await em.find(RecoveryCode, which, { orderBy: { id: 'asc' } });
    return [...Map.groupBy(codes, ({ userId }) => userId).values()];
  }

  private warn(unit: Unit, { id: userId, email: to, locale }: User, left: number): void {
    const values = { left, when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition: recoveryCodesLowMail, to, userId, locale, values });
  }
}

function leftOf(codes: readonly RecoveryCode[]): number {
  return codes.filter(({ usedAt }) => usedAt === null).length;
}

/** The codes of one account as one factor, under the id of the first of them; none when there are no codes. */
function setOf(codes: readonly RecoveryCode[]): EnrolledFactor[] {
  const [first] = codes;
  if (!first) return [];
  const { id, userId, createdAt, createdBySessionId, createdByAcr, createdByAmr } = first;
  const uses = codes.flatMap(({ usedAt }) => usedAt ?? []).toSorted((a, b) => b.getTime() - a.getTime());
  const lineage = { createdBySessionId, createdByAcr, createdByAmr };
  const names = { kind: 'recovery_code', name: null, hint: null } as const;
  return [{ id, userId, ...names, createdAt, lastUsedAt: uses[0] ?? null, ...lineage }];
}
