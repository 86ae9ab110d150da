import { AuthError } from '../../../../kernel/errors.js';
import { isId } from '../../../../kernel/id.js';
import { NO_LINEAGE } from '../../../../kernel/lineage.js';
import { maskEmailAddress } from '../../../../kernel/email-address.js';
import { keyedFingerprint } from '../../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../../platform/crypto/keyring.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import type { EventBus } from '../../../../platform/events/event-bus.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import { User } from '../../../users/user.entity.js';
import { emailChanged } from '../../../users/users.contract.js';
import type {
  EnrolledFactor,
  FactorAnswer,
  FactorChallenge,
  ProofContext,
  ProvedFactor,
  SecondFactor,
} from '../../factor.js';
import type { FactorKindsService } from '../../factor-kinds.service.js';
import { holdAccount } from '../../held-user.js';
import { mfaErrors } from '../../mfa.contract.js';
import { EmailCode } from './email-code.entity.js';
import { secondFactorCodeMail } from './second-factor-code.mail.js';

const PURPOSE = 'second_factor_code';
/** At most that long for what is sent another way (NIST SP 800-63B §3.1.3.1). */
const MINUTES = 10;
const TRIES = 5;

/** A code that was mailed. */
export interface MailedCode {
  readonly hint: string;
  readonly challengeId: string;
  readonly expiresAt: Date;
}

interface Deps {
  readonly em: EntityManager;
  readonly bus: EventBus;
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: {
    /** Codes for a second factor that are mailed to one account. */
    readonly factorMail: RateLimiter;
  };
  readonly factorKinds: FactorKindsService;
}

/**
 * Six digits that are mailed to the address that the owner proved when they turned them on, or moved the account to since.
 * One that an admin gave the account gets none: alone, they must not get hold of a second factor.
 */
export class EmailCodeFactor implements SecondFactor {
  readonly kind = 'email_code';

  constructor(private readonly deps: Deps) {
    deps.bus.within(emailChanged, async ({ userId, payload }, { em }) => {
      if (userId === null || payload['by'] === 'admin') return;
      const { email } = await em.findOneOrFail(User, { id: userId });
      await em.nativeUpdate(EmailCode, { userId }, { email });
    });
  }

  async listOf(em: EntityManager, userIds: readonly string[]): Promise<EnrolledFactor[]> {
    const rows = await em.find(EmailCode, { userId: { $in: [...userIds] } });
    if (rows.length === 0) return [];
    const owners = await em.find(User, { id: { $in: rows.map(({ userId }) => userId) } });
    const addresses = new Map(owners.map(({ id, email }) => [id, email]));
    return rows.map((row) => enrolledEmailCode(row, addresses.get(row.userId) ?? ''));
  }

  /** Throws FACTOR_UNAVAILABLE and RATE_LIMITED. */
  async challenge(user: User, context: ProofContext): Promise<FactorChallenge> {
    const { id: userId, email } = user;
    if ((await this.deps.em.fork().count(EmailCode, { userId, email })) === 0) {
      throw mfaErrors.FACTOR_UNAVAILABLE();
    }
    return { kind: this.kind, publicKey: null, ...(await this.send(user, context)) };
  }

  /** Throws CHALLENGE_EXPIRED and CHALLENGE_EXHAUSTED, for which another code helps. */
  async verify(user: User, answer: FactorAnswer, context: ProofContext): Promise<ProvedFactor | null> {
    if (!(await this.burn(user, answer, context))) return null;
    return await this.deps.unitOfWork.run(async (unit) => {
      const { email } = await unit.em.findOneOrFail(User, { id: user.id });
      const row = await unit.em.findOne(EmailCode, { userId: user.id, email });
      if (!row) return null;
      row.lastUsedAt = unit.now;
      // RFC 8176 has no word for the mailbox; what is typed is a one-time password. Whoever turned the codes on, it is
      // the mailbox that was proved: no session has planted that.
      return { kind: this.kind, id: row.id, amr: ['otp'], lineage: NO_LINEAGE };
    });
  }

  async removeWithin(unit: Unit, userId: string, ids?: readonly string[]): Promise<string[]> {
    const which = { userId, ...(ids === undefined ? {} : { id: { $in: ids.filter(isId) } }) };
    const row = await unit.em.findOne(EmailCode, which);
    if (!row) return [];
    await unit.em.nativeDelete(EmailCode, which);
    await this.deps.challenges.revokeWithin(unit, { subject: userId, purpose: PURPOSE });
    return [row.id];
  }

  /**
   * Mails a code, of which the account has one at a time for each context. Throws FACTOR_UNAVAILABLE where mailed codes
   * are off or the address is not proved, and RATE_LIMITED.
   */
  async send({ id: userId }: User, context: ProofContext): Promise<MailedCode> {
    const { factorKinds, budgets, keyring, unitOfWork, challenges, mails } = this.deps;
    if (!factorKinds.isTaken(this.kind)) throw mfaErrors.FACTOR_UNAVAILABLE();
    await budgets.factorMail.consume(keyedFingerprint(keyring, 'budget', userId));
    return await unitOfWork.run(async (unit) => {
      const { email: to, emailVerifiedAt, locale } = await holdAccount(unit, userId);
      if (emailVerifiedAt === null) throw mfaErrors.FACTOR_UNAVAILABLE();
      // Its subject is the user alone: whatever ends their pending links, such as another address, ends it too.
      const request = { purpose: PURPOSE, subject: userId, form: 'code', data: { context } } as const;
      const bounds = { ttlSeconds: MINUTES * 60, maxAttempts: TRIES, slot: `${userId} ${context}` };
      const { id, secret, expiresAt } = await challenges.issueWithin(unit, { ...request, ...bounds });
      const values = { code: secret, minutes: MINUTES, use: useOf(context) };
      mails.enqueue(unit, { definition: secondFactorCodeMail, to, userId, locale, values });
      return { hint: maskEmailAddress(to), challengeId: id, expiresAt };
    });
  }

  /** Whether it is the code of that challenge; the right one is used up, also where it was meant for something else. */
  async burn(
    { id: subject }: User,
    { challengeId, code }: FactorAnswer,
    context: ProofContext,
  ): Promise<boolean> {
    const { factorKinds, challenges } = this.deps;
    if (!factorKinds.isTaken(this.kind) || !challengeId || !code) return false;
    const digits = code.replaceAll(/\s/g, '');
    try {
      const proof = { purpose: PURPOSE, id: challengeId.toLowerCase(), code: digits, subject };
      const { data } = await challenges.burn<{ context: string }>(proof);
      return data.context === context;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'CHALLENGE_INVALID') return false;
      throw error;
    }
  }
}

/** As one of the factors of its owner. */
export function enrolledEmailCode(row: EmailCode, address: string): EnrolledFactor {
  const { id, userId, createdAt, lastUsedAt, createdBySessionId, createdByAcr, createdByAmr } = row;
  const lineage = { createdBySessionId, createdByAcr, createdByAmr };
  const names = { kind: 'email_code', name: null, hint: maskEmailAddress(address) } as const;
  return { id, userId, ...names, createdAt, lastUsedAt, ...lineage };
}

/** What the mail says that the code is for: `login`, `session`, `action` or `enrolment`. */
function useOf(context: ProofContext): string {
  return context.split(' ')[0] ?? '';
}
