import type { Caller } from '../../../../kernel/caller.js';
import { newId } from '../../../../kernel/id.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { Enroller, EnrolmentService } from '../../enrolment.service.js';
import type { EnrolledFactor, FactorAnswer, ProofContext } from '../../factor.js';
import { holdAccount } from '../../held-user.js';
import { mfaErrors } from '../../mfa.contract.js';
import type { MfaService } from '../../mfa.service.js';
import { EmailCode } from './email-code.entity.js';
import { type EmailCodeFactor, enrolledEmailCode, type MailedCode } from './email-code.factor.js';

/** Tells whether somebody can begin a sign-in by something that does not rest on their mailbox. */
export type FirstProof = (userId: string) => Promise<boolean>;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly enrolments: EnrolmentService;
  readonly emailCodes: EmailCodeFactor;
  readonly mfa: MfaService;
}

/** Lets accounts take codes by mail as a second factor. */
export class EmailCodeEnrolmentService {
  private readonly firstProofs: FirstProof[] = [];

  constructor(private readonly deps: Deps) {}

  /** For login methods: what they know to be a proof beside which a code by mail is a second one. */
  countFirstProof(proof: FirstProof): void {
    this.firstProofs.push(proof);
  }

  /**
   * Mails a code to the address of the account. Throws what `EnrolmentService.enrollerOf` throws, FACTOR_UNAVAILABLE,
   * FACTOR_RESTS_ON_MAILBOX, FACTOR_LIMIT_REACHED or RATE_LIMITED.
   */
  async begin(caller: Caller, attemptToken: string | null): Promise<MailedCode> {
    const { em, enrolments, emailCodes } = this.deps;
    const enroller = await enrolments.enrollerOf(caller, 'email_code', attemptToken);
    const { user } = enroller;
    await this.assertUsable(enroller);
    if ((await em.fork().count(EmailCode, { userId: user.id })) > 0) throw mfaErrors.FACTOR_LIMIT_REACHED();
    return await emailCodes.send(user, contextOf(enroller));
  }

  /**
   * Makes mailed codes a factor by the first of them. Only the session or sign-in that began it may. Answers the
   * recovery codes when it is the first factor. Throws what `begin` throws, FACTOR_REFUSED, CHALLENGE_EXPIRED or
   * CHALLENGE_EXHAUSTED.
   */
  async confirm(
    caller: Caller,
    answer: Pick<FactorAnswer, 'challengeId' | 'code'>,
    attemptToken: string | null,
  ): Promise<{ factor: EnrolledFactor; recoveryCodes: readonly string[] | null }> {
    const { enrolments, emailCodes, unitOfWork } = this.deps;
    const enroller = await enrolments.enrollerOf(caller, 'email_code', attemptToken);
    await enrolments.countTry(enroller);
    await this.assertUsable(enroller);
    const { user, lineage } = enroller;
    if (!(await emailCodes.burn(user, answer, contextOf(enroller)))) throw mfaErrors.FACTOR_REFUSED();
    return await unitOfWork.run(async (unit) => {
      const { id: userId, email } = await holdAccount(unit, user.id);
      // Another address since: this one was not mailed to.
      if (email !== user.email) throw mfaErrors.FACTOR_REFUSED();
      if ((await unit.em.count(EmailCode, { userId })) > 0) throw mfaErrors.FACTOR_LIMIT_REACHED();
      const row = { id: newId(), userId, email, createdAt: unit.now, lastUsedAt: unit.now, ...lineage };
      const factor = enrolledEmailCode(unit.em.create(EmailCode, row), email);
      const proof = { enroller, factor, amr: ['otp'] };
      return { factor, recoveryCodes: await enrolments.completeWithin(unit, caller, proof) };
    });
  }

  /**
   * Beside a mailbox alone such codes are no second proof: whoever enrolled them would be asked for a recovery code at
   * every sign-in, and shut out after the last. Of a sign-in that waits for an enrolment the policy has judged that.
   */
  private async assertUsable({ user, attempt }: Enroller): Promise<void> {
    if (attempt !== null) return;
    for (const beginsOtherwise of this.firstProofs) if (await beginsOtherwise(user.id)) return;
    const factors = await this.deps.mfa.factorsOf(user.id);
    if (factors.some(({ kind }) => kind === 'totp' || kind === 'passkey')) return;
    throw mfaErrors.FACTOR_RESTS_ON_MAILBOX();
  }
}

/** By the session that began it, or that the sign-in that began it will have. */
function contextOf({ lineage }: Enroller): ProofContext {
  return `enrolment ${lineage.createdBySessionId}`;
}
