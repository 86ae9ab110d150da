import type { Caller } from '../../../kernel/caller.js';
import { AuthError } from '../../../kernel/errors.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Logger } from '../../../platform/logger.js';
import type { Attempt } from '../../lockout/attempt.js';
import type { LockoutService } from '../../lockout/lockout.service.js';
import type { LoginAttemptService, OpenAttempt } from '../../mfa/attempts/login-attempt.service.js';
import type { FactorAnswer, FactorChallenge, FactorKind, ProvedFactor } from '../../mfa/factor.js';
import { mfaErrors } from '../../mfa/mfa.contract.js';
import type { MfaService } from '../../mfa/mfa.service.js';
import { loginErrors, loginFailed } from '../login.contract.js';
import type { LoginBudgetService } from '../login-budget.service.js';
import type { LoginGrantService, ProvedLogin } from '../login-grant.service.js';
import { accountOf } from '../login-method.js';
import type { LoginOutcome, LoginService, SignedIn } from '../login.service.js';
import { unlessFailed } from '../unless-failed.js';
import type { DeviceTrustService } from './device-trust.service.js';

/** A sign-in between its steps, and what its client wants of it. */
export interface SecondStep {
  readonly attemptToken: string;
  readonly trustDevice: boolean;
  /** Whether the client can be given a device cookie; over a websocket it cannot. */
  readonly canKeepDevice: boolean;
}

/** An answer to a factor that was offered. */
export interface SecondFactorAnswer extends SecondStep {
  readonly kind: FactorKind;
  readonly answer: FactorAnswer;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly lockout: LockoutService;
  readonly mfa: MfaService;
  readonly loginAttempts: LoginAttemptService;
  readonly loginBudget: LoginBudgetService;
  readonly loginGrants: LoginGrantService;
  readonly login: LoginService;
  readonly deviceTrust: DeviceTrustService;
  readonly logger: Logger;
}

/** The second step of a sign-in: what the first one has proved is kept by the attempt, and judged anew with the rest. */
export class SecondFactorService {
  constructor(private readonly deps: Deps) {}

  /**
   * What the client needs to prove a factor that was offered. Throws ATTEMPT_INVALID, FACTOR_UNAVAILABLE or
   * RATE_LIMITED.
   */
  async challenge(
    caller: Caller,
    { attemptToken, kind }: { attemptToken: string; kind: FactorKind },
  ): Promise<FactorChallenge> {
    const open = await this.find(caller, attemptToken);
    assertOffered(open, kind);
    return await this.deps.mfa.challenge(open.user, kind, contextOf(open));
  }

  /**
   * Proves the factor and signs in. Throws ATTEMPT_INVALID, FACTOR_UNAVAILABLE, FACTOR_REFUSED, TOO_MANY_ATTEMPTS or
   * RATE_LIMITED; each answer costs the attempt one of its tries.
   */
  async verify(caller: Caller, step: SecondFactorAnswer): Promise<LoginOutcome> {
    const { attemptToken, kind, answer } = step;
    assertOffered(await this.find(caller, attemptToken), kind);
    const open = await this.deps.loginAttempts.tryOnce(caller, attemptToken);
    const { proved, attempt } = await this.prove(caller, open, { kind, answer });
    return await this.grant(caller, { open, second: proved, attempt, step });
  }

  /**
   * Signs in whoever has confirmed a factor in the course of the attempt. Throws ATTEMPT_INVALID,
   * SECOND_FACTOR_NOT_ENROLLED, TOO_MANY_ATTEMPTS or RATE_LIMITED.
   */
  async complete(caller: Caller, step: SecondStep): Promise<LoginOutcome> {
    const open = await this.find(caller, step.attemptToken);
    const { proved } = open.pending;
    if (open.pending.awaits !== 'enrolment') throw mfaErrors.ATTEMPT_INVALID();
    if (proved === null) throw loginErrors.SECOND_FACTOR_NOT_ENROLLED();
    const { ip, deviceId } = caller;
    const attempt = await this.deps.lockout.attempt({ account: accountOf(open.user.id), ip, deviceId });
    return await this.grant(caller, { open, second: proved, attempt, step });
  }

  private async find(caller: Caller, attemptToken: string): Promise<OpenAttempt> {
    const find = async () => await this.deps.loginAttempts.find(caller, attemptToken);
    await this.deps.loginBudget.spend(caller, async () => accountOf((await find()).user.id));
    return await find();
  }

  private async prove(
    caller: Caller,
    open: OpenAttempt,
    { kind, answer }: { kind: FactorKind; answer: FactorAnswer },
  ): Promise<{ proved: ProvedFactor; attempt: Attempt }> {
    try {
      return await this.deps.mfa.prove(caller, open.user, { kind, answer, context: contextOf(open) });
    } catch (error) {
      const refused = error instanceof AuthError && error.code === 'FACTOR_REFUSED';
      if (refused) await this.noteFailure(caller, open, kind);
      throw error;
    }
  }

  private async grant(
    caller: Caller,
    {
      open,
      second,
      attempt,
      step,
    }: { open: OpenAttempt; second: ProvedFactor; attempt: Attempt; step: SecondStep },
  ): Promise<LoginOutcome> {
    const { user, pending } = open;
    const { method, amr, rests, openedWith, lineage, audience, sessionId } = pending;
    const login: ProvedLogin = {
      user,
      // Two factors in one were enough without a second step.
      first: { method, amr, rests, multiFactor: false },
      second,
      openedWith,
      lineage,
      audience,
      sessionId,
      canKeepDevice: step.canKeepDevice,
      stillHolds: async (unit) => await this.stillHolds(unit, { open, second, token: step.attemptToken }),
    };
    const granted = await unlessFailed(attempt, () => this.deps.loginGrants.grant(caller, login));
    if (!granted) {
      // Nothing was guessed wrong: the account has changed meanwhile, or the operator's policy says no.
      await attempt.withdrawn();
      await this.noteFailure(caller, open, second.kind);
      throw mfaErrors.ATTEMPT_INVALID();
    }
    const trusts = step.trustDevice && step.canKeepDevice;
    if (trusts) attempt.renewDevice();
    const outcome = await this.deps.login.conclude(caller, { user, audience, attempt, grant: granted });
    if (outcome.kind === 'signed_in' && trusts) await this.trust(caller, outcome.signedIn);
    return outcome;
  }

  /** The session is open: a device that could not be trusted is asked again the next time. */
  private async trust(caller: Caller, signedIn: SignedIn): Promise<void> {
    try {
      await this.deps.deviceTrust.trust(caller, signedIn);
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'a device was not trusted after a sign-in');
    }
  }

  /** Of many answers at once, one uses the attempt up; and its factor may have been taken away since. */
  private async stillHolds(
    unit: Unit,
    { open, second, token }: { open: OpenAttempt; second: ProvedFactor; token: string },
  ): Promise<boolean> {
    await this.deps.loginAttempts.burnWithin(unit, token);
    return await this.deps.mfa.hasWithin(unit, open.user.id, second.id);
  }

  private async noteFailure(caller: Caller, { user, pending }: OpenAttempt, factor: FactorKind) {
    const subject = { type: 'user', id: user.id };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(loginFailed, { caller, subject, userId: user.id, payload: { method: pending.method, factor } });
    });
  }
}

/** What a challenge for this sign-in, and no other, is bound to. */
function contextOf({ id }: OpenAttempt): string {
  return `login ${id}`;
}

function assertOffered({ pending }: OpenAttempt, kind: FactorKind): void {
  if (pending.awaits !== 'second_factor') throw mfaErrors.ATTEMPT_INVALID();
  if (!pending.kinds.includes(kind)) throw mfaErrors.FACTOR_UNAVAILABLE();
}
