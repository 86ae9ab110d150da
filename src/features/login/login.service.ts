import type { Caller } from '../../kernel/caller.js';
import { networkOf } from '../../kernel/network.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Logger } from '../../platform/logger.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { Attempt } from '../lockout/attempt.js';
import { lockoutStarted } from '../lockout/lockout.contract.js';
import type { LockoutService } from '../lockout/lockout.service.js';
import type { OpenedSession, SessionService } from '../sessions/session.service.js';
import type { SessionTokenService } from '../sessions/session-token.service.js';
import type { User } from '../users/user.entity.js';
import { loginErrors, loginFailed, loginSucceeded } from './login.contract.js';
import { judgeLogin } from './login.policy.js';
import type { LoginMethod, Proof } from './login-method.js';

/** Somebody who has just signed in, and everything their client needs. */
export interface SignedIn {
  readonly user: User;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

/** One attempt: through which method, with what, for which audience (null: this API itself). */
export interface LoginAttempt<Input> {
  readonly method: LoginMethod<Input>;
  readonly input: Input;
  readonly audience: string | null;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly lockout: LockoutService;
  readonly sessions: SessionService;
  readonly sessionTokens: SessionTokenService;
  readonly logger: Logger;
  /** How many attempts a network may make, right or wrong. */
  readonly budget: RateLimiter;
}

/**
 * The one path from a proof to a session, for every login method: budget, lockout, proof, policy, session.
 * Nothing else in the product opens a session.
 */
export class LoginService {
  constructor(private readonly deps: Deps) {}

  /** Throws RATE_LIMITED, TOO_MANY_ATTEMPTS, SERVER_BUSY, AUDIENCE_UNKNOWN or INVALID_CREDENTIALS. */
  async login<Input>(caller: Caller, { method, input, audience }: LoginAttempt<Input>): Promise<SignedIn> {
    await this.deps.budget.consume(networkOf(caller.ip));
    const resolved = await this.deps.sessionTokens.resolveAudience(audience);
    const account = method.accountOf(input);
    const attempt = await this.deps.lockout.attempt({ account, ip: caller.ip });
    const proof = await unlessFailed(attempt, () => method.prove(input, caller));
    const verdict = proof && judgeLogin({ user: proof.user, proof });
    if (!proof || verdict?.kind !== 'session') {
      await this.refuse(caller, attempt, { method: method.name, account, user: proof?.user ?? null });
      throw loginErrors.INVALID_CREDENTIALS();
    }
    const assurance = { method: method.name, amr: proof.amr, acr: verdict.acr };
    const opened = await unlessFailed(attempt, () => this.open(caller, proof, assurance));
    await attempt.succeeded();
    await this.followUp(proof);
    return await this.signIn(proof.user, opened, resolved);
  }

  /** Committed before the refusal is thrown, so that the refusal cannot undo it. */
  private async refuse(
    caller: Caller,
    attempt: Attempt,
    failed: { method: string; account: string; user: User | null },
  ): Promise<void> {
    const { lockoutStarted: scopes } = await attempt.failed();
    const userId = failed.user?.id ?? null;
    const about = {
      caller,
      subject: { type: 'user', id: userId ?? 'unknown' },
      userId,
      personal: { account: failed.account },
    };
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(loginFailed, { ...about, payload: { method: failed.method } });
      if (scopes.length > 0) emit(lockoutStarted, { ...about, payload: { scopes } });
    });
  }

  private async open(
    caller: Caller,
    { user }: Proof,
    assurance: { method: string; amr: readonly string[]; acr: string },
  ): Promise<OpenedSession> {
    return await this.deps.unitOfWork.run(async (unit) => {
      unit.emit(loginSucceeded, {
        caller,
        subject: { type: 'user', id: user.id },
        userId: user.id,
        payload: { method: assurance.method, amr: [...assurance.amr] },
      });
      return this.deps.sessions.open(unit, caller, user, assurance);
    });
  }

  /** The session is open: what is only due must not take it back, and is due again at the next sign-in. */
  private async followUp({ afterwards }: Proof): Promise<void> {
    try {
      await afterwards?.();
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'work after a sign-in was not done');
    }
  }

  private async signIn(user: User, opened: OpenedSession, audience: string): Promise<SignedIn> {
    const { session, refreshToken, refreshTokenExpiresAt } = opened;
    const facts = {
      sessionId: session.id,
      userId: user.id,
      authTime: session.authTime.getTime() / 1000,
      amr: session.amr,
      acr: session.acr,
    };
    const { token, expiresAt } = await this.deps.sessionTokens.mint(facts, audience);
    return { user, accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken, refreshTokenExpiresAt };
  }
}

/** When `work` fails, nothing was judged: a busy server or a lost database must not count against the account. */
async function unlessFailed<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await attempt.withdrawn();
    throw error;
  }
}
