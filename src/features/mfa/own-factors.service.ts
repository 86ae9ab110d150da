import type { Caller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import { lineageOf } from '../../kernel/lineage.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import type { RecoveryCodeFactor } from './factors/recovery-code/recovery-code.factor.js';
import { recoveryCodesReplacedMail } from './factors/recovery-code/recovery-codes-replaced.mail.js';
import { holdAccount } from './held-user.js';
import { mfaErrors } from './mfa.contract.js';
import type { MfaService } from './mfa.service.js';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly mails: MailOutbox;
  readonly mfa: MfaService;
  readonly recoveryCodes: RecoveryCodeFactor;
  readonly challenges: ChallengeService;
}

/** What people do with the second factors they have. That they proved one lately is for the caller to ask. */
export class OwnFactorsService {
  constructor(private readonly deps: Deps) {}

  /** Takes one away; the recovery codes go with the last of the others. Throws UNAUTHENTICATED or FACTOR_NOT_FOUND. */
  async remove(caller: Caller, factorId: string): Promise<void> {
    const userId = owns(caller);
    await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdAccount(unit, userId);
      const ids = [factorId.toLowerCase()];
      const removed = await this.deps.mfa.removeWithin(unit, caller, { user, ids, by: 'user' });
      if (removed.length === 0) throw mfaErrors.FACTOR_NOT_FOUND();
    });
  }

  /** New recovery codes in the place of all earlier ones. Throws UNAUTHENTICATED or, without any factor, FACTOR_UNAVAILABLE. */
  async replaceRecoveryCodes(caller: Caller): Promise<readonly string[]> {
    const { unitOfWork, recoveryCodes, challenges, mails } = this.deps;
    const userId = owns(caller);
    return await unitOfWork.run(async (unit) => {
      const user = await holdAccount(unit, userId);
      if (user.factorKinds.length === 0) throw mfaErrors.FACTOR_UNAVAILABLE();
      const lineage = lineageOf(caller.principal);
      const codes = await recoveryCodes.replaceWithin(unit, caller, { user, lineage });
      // A sign-in that has just proved one of the earlier codes does not go on.
      await challenges.revokeWithin(unit, { subject: user.id, purpose: 'login_attempt' });
      const { email: to, locale } = user;
      const values = { when: unit.now.toISOString() };
      mails.enqueue(unit, { definition: recoveryCodesReplacedMail, to, userId, locale, values });
      return codes;
    });
  }
}

function owns({ principal }: Caller): string {
  if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
  return principal.id;
}
