import type { Caller } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import { newId } from '../../kernel/id.js';
import { NO_LINEAGE } from '../../kernel/lineage.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Logger } from '../../platform/logger.js';
import type { Attempt } from '../lockout/attempt.js';
import { lockoutStarted } from '../lockout/lockout.contract.js';
import type { LockoutService } from '../lockout/lockout.service.js';
import type { IssuedAttempt } from '../mfa/attempts/login-attempt.service.js';
import { type EnrolledFactor, type FactorKind, OPENED_BY_MAIL } from '../mfa/factor.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import type { MfaService } from '../mfa/mfa.service.js';
import type { OpenedSession } from '../sessions/session.service.js';
import type { SessionTokenService } from '../sessions/session-token.service.js';
import type { EmailVerificationService } from '../users/email-verification.service.js';
import type { User } from '../users/user.entity.js';
import { loginErrors, loginFailed } from './login.contract.js';
import type { LoginBudgetService } from './login-budget.service.js';
import type { LoginGrant, LoginGrantService, ProvedLogin } from './login-grant.service.js';
import type { Claim, LoginMethod, Proof } from './login-method.js';
import { unlessFailed } from './unless-failed.js';

/** Somebody who has just signed in, and everything their client needs. */
export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
  /** What the client's device is known as from now on. */
  readonly deviceId: string;
  /** Until when the account must have a second factor; null when it has one, or need not. */
  readonly secondFactorDeadline: Date | null;
}

/** One attempt: through which method, with what, for which audience (null: this API itself). */
export interface LoginAttempt<Input> {
  readonly method: LoginMethod<Input>;
  readonly input: Input;
  readonly audience: string | null;
  /** Whether the client can be given a device cookie; over a websocket it cannot. */
  readonly canKeepDevice: boolean;
}

/** How an attempt can go on; a refusal is thrown. */
export type LoginOutcome =
  | { readonly kind: 'signed_in'; readonly signedIn: SignedIn }
  | { readonly kind: 'email_verification_required'; readonly challengeId: string | null }
  | {
      readonly kind: 'second_factor_required';
      readonly attempt: IssuedAttempt;
      /** Those of the account that would do. */
      readonly factors: readonly EnrolledFactor[];
    }
  | {
      readonly kind: 'enrolment_required';
      readonly attempt: IssuedAttempt;
      readonly kinds: readonly FactorKind[];
    };

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly lockout: LockoutService;
  readonly loginGrants: LoginGrantService;
  readonly sessionTokens: SessionTokenService;
  readonly emailVerification: EmailVerificationService;
  readonly loginBudget: LoginBudgetService;
  readonly mfa: MfaService;
  readonly factorKinds: FactorKindsService;
  readonly logger: Logger;
}

/**
 * The one path from a proof to a session, for every login method: budget, lockout, proof, policy, session.
 * Nothing else in the product opens a session.
 */
export class LoginService {
  constructor(private readonly deps: Deps) {}

  /** Throws RATE_LIMITED, TOO_MANY_ATTEMPTS, SERVER_BUSY, AUDIENCE_UNKNOWN, INVALID_CREDENTIALS or SECOND_FACTOR_UNAVAILABLE. */
  async login<Input>(
    caller: Caller,
    { method, input, audience, canKeepDevice }: LoginAttempt<Input>,
  ): Promise<LoginOutcome> {
    await this.deps.loginBudget.spend(caller, async () => (await method.identify(input)).account);
    const resolved = await this.deps.sessionTokens.resolveAudience(audience);
    const claim = await method.identify(input);
    const { ip, deviceId } = caller;
    const attempt = await this.deps.lockout.attempt({ account: claim.account, ip, deviceId });
    const proof = await unlessFailed(attempt, () => method.prove(claim, input, caller));
    const login = proof && { ...firstStepOf(method.name, proof), audience: resolved, canKeepDevice };
    const grant = login && (await unlessFailed(attempt, () => this.deps.loginGrants.grant(caller, login)));
    if (!proof || !grant) {
      await this.refuse(caller, attempt, { method: method.name, claim });
      throw loginErrors.INVALID_CREDENTIALS();
    }
    const outcome = await this.conclude(caller, { user: proof.user, audience: resolved, attempt, grant });
    if (outcome.kind === 'signed_in') await this.followUp(proof);
    return outcome;
  }

  /** What a grant means for the client, and for the attempt that it was counted as. */
  async conclude(
    caller: Caller,
    { user, audience, attempt, grant }: { user: User; audience: string; attempt: Attempt; grant: LoginGrant },
  ): Promise<LoginOutcome> {
    if ('attempt' in grant) {
      // Half a proof forgives no failure: whoever has the password must not get their guesses at the rest back by it.
      await attempt.withdrawn();
      return await this.goOn(user, grant);
    }
    if (grant.kind === 'second_factor_unavailable') {
      await attempt.withdrawn();
      throw loginErrors.SECOND_FACTOR_UNAVAILABLE();
    }
    if (grant.kind === 'email_verification_required' && this.deps.factorKinds.anyOf(user)) {
      await attempt.withdrawn();
      return await this.askForVerification(caller, user);
    }
    const { deviceId } = await attempt.succeeded();
    if (grant.kind === 'email_verification_required') return await this.askForVerification(caller, user);
    const signedIn = await this.signIn(user, grant.opened, audience);
    return { kind: 'signed_in', signedIn: { ...signedIn, deviceId, secondFactorDeadline: grant.deadline } };
  }

  /** What the client is told of a sign-in that is not done yet. */
  private async goOn(user: User, grant: Extract<LoginGrant, { attempt: unknown }>): Promise<LoginOutcome> {
    const { attempt, kinds } = grant;
    if (grant.kind === 'enrolment_required') return { kind: grant.kind, attempt, kinds };
    const factors = await this.deps.mfa.factorsOf(user.id);
    return { kind: grant.kind, attempt, factors: factors.filter(({ kind }) => kinds.includes(kind)) };
  }

  /** Committed before the refusal is thrown, so that the refusal cannot undo it. */
  private async refuse(
    caller: Caller,
    attempt: Attempt,
    { method, claim }: { method: string; claim: Claim },
  ): Promise<void> {
    const { lockoutStarted: scopes } = await attempt.failed();
    const userId = claim.user?.id ?? null;
    const about = {
      caller,
      subject: { type: 'user', id: userId ?? 'unknown' },
      userId,
      personal: { account: claim.name },
    };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(loginFailed, { ...about, payload: { method, factor: null } });
      if (scopes.length > 0) emit(lockoutStarted, { ...about, payload: { scopes } });
    });
  }

  /** Only after a right password: whoever reads this knows that the account exists. */
  private async askForVerification(caller: Caller, user: User): Promise<LoginOutcome> {
    const kind = 'email_verification_required';
    try {
      const { challengeId } = await this.deps.emailVerification.requestFor(caller, user);
      return { kind, challengeId };
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== 'RATE_LIMITED') throw error;
      return { kind, challengeId: null };
    }
  }

  /** The session is open: what is only due must not take it back, and is due again at the next sign-in. */
  private async followUp({ afterwards }: Proof): Promise<void> {
    try {
      await afterwards?.();
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'work after a sign-in was not done');
    }
  }

  private async signIn(user: User, opened: OpenedSession, audience: string) {
    const { session, refreshToken, refreshTokenExpiresAt } = opened;
    const facts = {
      sessionId: session.id,
      userId: user.id,
      authTime: session.authTime.getTime() / 1000,
      amr: session.amr,
      acr: session.acr,
    };
    const { token, expiresAt } = await this.deps.sessionTokens.mint(facts, audience);
    const access = { accessToken: token, accessTokenExpiresAt: expiresAt };
    return { user, sessionId: session.id, ...access, refreshToken, refreshTokenExpiresAt };
  }
}

/** What the first step of an attempt has proved, before anything else is asked of it. */
function firstStepOf(method: string, proof: Proof): Omit<ProvedLogin, 'audience' | 'canKeepDevice'> {
  const { user, amr, rests, multiFactor, credential, stillHolds } = proof;
  return {
    user,
    first: { method, amr, rests, multiFactor },
    second: null,
    openedWith: [...(credential ? [credential.name] : []), ...(rests === 'mailbox' ? [OPENED_BY_MAIL] : [])],
    lineage: credential?.lineage ?? NO_LINEAGE,
    sessionId: newId(),
    stillHolds,
  };
}
