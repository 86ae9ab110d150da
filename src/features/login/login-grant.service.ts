import type { Caller } from '../../kernel/caller.js';
import type { Lineage } from '../../kernel/lineage.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { AccessService } from '../access/access.service.js';
import type { IssuedAttempt, LoginAttemptService } from '../mfa/attempts/login-attempt.service.js';
import type { FactorKind, ProvedFactor } from '../mfa/factor.js';
import type { MfaService } from '../mfa/mfa.service.js';
import type { TrustedDeviceService, UsedDevice } from '../mfa/trusted-devices/trusted-device.service.js';
import type { OpenedSession, SessionService } from '../sessions/session.service.js';
import type { User } from '../users/user.entity.js';
import { holdUser } from './held-user.js';
import { loginDeferred, loginSucceeded } from './login.contract.js';
import type { LoginDemandsService } from './login-demands/login-demands.service.js';
import {
  type FirstProof,
  judgeLogin,
  type LoginFacts,
  type LoginRules,
  type LoginVerdict,
} from './login.policy.js';
import type { DeviceTrustService } from './second-factor/device-trust.service.js';

/** What an attempt has proved, step by step. */
export interface ProvedLogin {
  readonly user: User;
  readonly first: FirstProof;
  readonly second: ProvedFactor | null;
  /** The credentials that were proved in the first step, and where the newest of them comes from. */
  readonly openedWith: readonly string[];
  readonly lineage: Lineage;
  /** The audience of the access token that was asked for. */
  readonly audience: string;
  /** The id that its session was promised; absent in the first step. */
  readonly sessionId: string;
  /** Whether all that still counts, asked within the unit that opens the session, which holds the user. */
  stillHolds(unit: Unit): Promise<boolean>;
  /** Whether the client can be given a device cookie, for an attempt to be bound to. */
  readonly canKeepDevice: boolean;
}

/** What the policy has granted. */
export type LoginGrant =
  | { readonly kind: 'session'; readonly opened: OpenedSession; readonly deadline: Date | null }
  | { readonly kind: 'email_verification_required' }
  | { readonly kind: 'second_factor_unavailable' }
  | {
      readonly kind: 'second_factor_required' | 'enrolment_required';
      readonly attempt: IssuedAttempt;
      readonly kinds: readonly FactorKind[];
    };

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly access: AccessService;
  readonly mfa: MfaService;
  readonly loginAttempts: LoginAttemptService;
  readonly sessions: SessionService;
  readonly trustedDevices: TrustedDeviceService;
  readonly deviceTrust: DeviceTrustService;
  readonly demands: LoginDemandsService;
  readonly rules: LoginRules;
}

/** Asks the policy, and does what it says: the one place that opens a session, after however many steps. */
export class LoginGrantService {
  constructor(private readonly deps: Deps) {}

  /**
   * Judged on the account as it is now, which nobody changes until the session is there: one proved before a change
   * of password must not outlive it. Null when the policy refuses.
   */
  async grant(caller: Caller, login: ProvedLogin): Promise<LoginGrant | null> {
    const known = await this.gather(caller, login);
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, login.user.id);
      if (!user || !(await login.stillHolds(unit))) return null;
      // Asked again: what was distrusted, or given power, since must not be let in on trust.
      const trusted = known.trustedDevice
        ? await this.deps.deviceTrust.useWithin(unit, caller, user.id)
        : null;
      const facts = { ...known, trustedDevice: trusted !== null, user, now: unit.now };
      const verdict = judgeLogin(facts, this.deps.rules);
      const onTrust = verdict.kind === 'session' && !verdict.secondFactor ? trusted : null;
      return await this.carryOut(unit, caller, { login: withTrust({ ...login, user }, onTrust), verdict });
    });
  }

  private async gather(
    caller: Caller,
    { user, first, second }: ProvedLogin,
  ): Promise<Omit<LoginFacts, 'now'>> {
    const { roles, permissions } = await this.deps.access.grantsOf({ kind: 'user', id: user.id });
    const factors = await this.deps.mfa.factorsOf(user.id);
    const facts = {
      user,
      roles,
      privileged: permissions.size > 0,
      first,
      second,
      hasRecoveryCodes: factors.some(({ kind }) => kind === 'recovery_code'),
      trustedDevice: await this.deps.trustedDevices.isTrusted(caller, user.id),
    };
    return { ...facts, demands: await this.deps.demands.of(facts, caller) };
  }

  private async carryOut(
    unit: Unit,
    caller: Caller,
    { login, verdict }: { login: ProvedLogin; verdict: LoginVerdict },
  ): Promise<LoginGrant | null> {
    const { user, first } = login;
    const about = { caller, subject: { type: 'user', id: user.id }, userId: user.id };
    if (verdict.kind === 'refused') return null;
    if (verdict.kind === 'session') return this.open(unit, caller, { login, verdict });
    if (verdict.kind === 'email_verification_required') {
      const payload = { method: first.method, awaits: 'email_verification' } as const;
      unit.emit(loginDeferred, { ...about, payload });
      return verdict;
    }
    if (verdict.kind === 'second_factor_unavailable') {
      unit.emit(loginDeferred, { ...about, payload: { method: first.method, awaits: 'second_factor' } });
      return verdict;
    }
    const { kind, kinds } = verdict;
    const awaits = kind === 'enrolment_required' ? 'enrolment' : 'second_factor';
    unit.emit(loginDeferred, { ...about, payload: { method: first.method, awaits } });
    const { method, amr, rests } = first;
    const { openedWith, lineage, audience, sessionId, canKeepDevice } = login;
    const pending = { method, amr, rests, openedWith, lineage, audience, sessionId, awaits, kinds } as const;
    const { loginAttempts } = this.deps;
    const attempt = await loginAttempts.issueWithin(unit, caller, { user, attempt: pending, canKeepDevice });
    return { kind, attempt, kinds };
  }

  private open(
    unit: Unit,
    caller: Caller,
    { login, verdict }: { login: ProvedLogin; verdict: Extract<LoginVerdict, { kind: 'session' }> },
  ): LoginGrant {
    const { user, first, second, sessionId } = login;
    const { acr, amr, secondFactor, deadline } = verdict;
    if (deadline !== null) user.secondFactorDeadline = deadline;
    const payload = { method: first.method, factor: second?.kind ?? null, amr: [...amr] };
    unit.emit(loginSucceeded, { caller, subject: { type: 'user', id: user.id }, userId: user.id, payload });
    const assurance = {
      method: first.method,
      amr,
      acr,
      secondFactor,
      openedWith: [...login.openedWith, ...(second ? [`${second.kind}:${second.id}`] : [])],
      lineage: newest(login.lineage, second?.lineage),
      sessionId,
    };
    return { kind: 'session', opened: this.deps.sessions.open(unit, caller, user, assurance), deadline };
  }
}

/** A device that spares the second factor opens the session as the factor would, and whoever planted it is behind it. */
function withTrust(login: ProvedLogin, trusted: UsedDevice | null): ProvedLogin {
  if (trusted === null) return login;
  const openedWith = [...login.openedWith, `trusted_device:${trusted.id}`];
  return { ...login, openedWith, lineage: newest(login.lineage, trusted.lineage) };
}

/**
 * What a session is traced to: the origin of its second factor, or else of its first. One that was enrolled on the way
 * to this very session has no other origin.
 */
function newest(first: Lineage, second: Lineage | undefined): Lineage {
  return second?.createdBySessionId ? second : first;
}
