import type { Caller } from '../../../kernel/caller.js';
import { newId } from '../../../kernel/id.js';
import type { Lineage } from '../../../kernel/lineage.js';
import { networkOf } from '../../../kernel/network.js';
import { keyedFingerprint } from '../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../platform/crypto/keyring.js';
import type { Unit } from '../../../platform/database/unit.js';
import { AuthError } from '../../../kernel/errors.js';
import type { ChallengeService, TokenProof } from '../../challenges/challenge.service.js';
import type { User } from '../../users/user.entity.js';
import type { UserService } from '../../users/user.service.js';
import type { FactorKind, ProvedFactor } from '../factor.js';
import { mfaErrors } from '../mfa.contract.js';

const PURPOSE = 'login_attempt';
const TTL_SECONDS = 600;
/** Answers that one attempt takes; the account has a budget beside it. */
const MAX_TRIES = 10;

/** What the first step of a sign-in has proved, and what it waits for. Kept readable: no secrets. */
export type PendingLogin = {
  /** The login method of the first step. */
  readonly method: string;
  readonly amr: readonly string[];
  /** What the first proof rests on; a second one must rest on something else. */
  readonly rests: FirstProofRests;
  /** The credentials that were proved, as `<kind>:<id>`, and where the newest of them comes from. */
  readonly openedWith: readonly string[];
  readonly lineage: Lineage;
  /** The audience of the access token that was asked for. */
  readonly audience: string;
  /** The id that its session will have: what is enrolled on the way to it is traced to it. */
  readonly sessionId: string;
  readonly awaits: 'second_factor' | 'enrolment';
  /** The kinds that it takes, or that may be enrolled. */
  readonly kinds: readonly FactorKind[];
  /** A factor that was enrolled, and so proved, in the course of it. */
  readonly proved: ProvedFactor | null;
};

/** `knowledge`: a password. `mailbox`: a link or code in a mail. `possession`: a passkey. `provider`: somebody else's word. */
export type FirstProofRests = 'knowledge' | 'mailbox' | 'possession' | 'provider';

/** A first step that has just been taken. */
export type NewAttempt = Omit<PendingLogin, 'proved'>;

export interface IssuedAttempt {
  readonly token: string;
  readonly expiresAt: Date;
  /** The device that it is bound to, for its cookie; null where no cookie can be set. */
  readonly deviceId: string | null;
}

export interface OpenAttempt {
  readonly id: string;
  readonly user: User;
  readonly pending: PendingLogin;
}

interface Deps {
  readonly challenges: ChallengeService;
  readonly users: UserService;
  readonly keyring: Keyring;
}

/** What is kept with the attempt: the pending sign-in, and a fingerprint of the device that began it. */
type Stored = { readonly pending: PendingLogin; readonly device: string };

/**
 * Sign-ins between their first and their second step. Each is an opaque token, good for ten minutes, on the device that
 * began it, for one session; it opens nothing else, and dies with whatever ends the pending links of the account.
 */
export class LoginAttemptService {
  constructor(private readonly deps: Deps) {}

  /** Within the unit that judged the first step. `canKeepDevice`: whether the client can be given a device cookie. */
  async issueWithin(
    unit: Unit,
    caller: Caller,
    { user, attempt, canKeepDevice }: { user: User; attempt: NewAttempt; canKeepDevice: boolean },
  ): Promise<IssuedAttempt> {
    const deviceId = caller.deviceId ?? (canKeepDevice ? newId() : null);
    const data: Stored = {
      pending: { ...attempt, proved: null },
      device: this.fingerprintOf({ ...caller, deviceId }),
    };
    const request = { purpose: PURPOSE, form: 'token', subject: user.id, ttlSeconds: TTL_SECONDS } as const;
    const issued = await this.deps.challenges.issueWithin(unit, { ...request, maxAttempts: MAX_TRIES, data });
    return { token: issued.secret, expiresAt: issued.expiresAt, deviceId };
  }

  /** Looks at an attempt; costs none of its tries. Throws ATTEMPT_INVALID. */
  async find(caller: Caller, token: string): Promise<OpenAttempt> {
    return await this.read(caller, () => this.deps.challenges.peek<Stored>(proofOf(token)));
  }

  /** As `find`, and counts one try against it: for whoever is about to judge an answer. */
  async tryOnce(caller: Caller, token: string): Promise<OpenAttempt> {
    // Another device's try must not cost the owner's.
    await this.find(caller, token);
    return await this.read(caller, () => this.deps.challenges.open<Stored>(proofOf(token)));
  }

  /** Writes down that a factor was enrolled, and proved, in the course of an attempt. Within the unit that enrols it. */
  async proveWithin(
    unit: Unit,
    caller: Caller,
    { id, pending }: OpenAttempt,
    proved: ProvedFactor,
  ): Promise<void> {
    const data: Stored = { pending: { ...pending, proved }, device: this.fingerprintOf(caller) };
    if (!(await this.deps.challenges.amendWithin(unit, id, data))) throw mfaErrors.ATTEMPT_INVALID();
  }

  /** Uses the attempt up within the unit that opens its session: of many at once, one goes on. Throws ATTEMPT_INVALID. */
  async burnWithin(unit: Unit, token: string): Promise<PendingLogin> {
    try {
      return (await this.deps.challenges.burnWithin<Stored>(unit, proofOf(token))).data.pending;
    } catch (error) {
      throw asInvalid(error);
    }
  }

  private async read(
    caller: Caller,
    use: () => Promise<{ id: string; subject: string | null; data: Stored }>,
  ): Promise<OpenAttempt> {
    try {
      const { id, subject, data } = await use();
      const user = await this.deps.users.findById(subject ?? '');
      if (user?.status !== 'active' || data.device !== this.fingerprintOf(caller)) {
        throw mfaErrors.ATTEMPT_INVALID();
      }
      return { id, user, pending: data.pending };
    } catch (error) {
      throw asInvalid(error);
    }
  }

  /** A websocket cannot be given a cookie; there the agent and the network have to do. */
  private fingerprintOf({ deviceId, userAgent, ip }: Pick<Caller, 'deviceId' | 'userAgent' | 'ip'>): string {
    const device = deviceId ?? `${networkOf(ip)} ${userAgent ?? ''}`;
    return keyedFingerprint(this.deps.keyring, 'login attempt device', device);
  }
}

function proofOf(secret: string): TokenProof {
  return { purpose: PURPOSE, secret };
}

/** One answer for unknown, used, expired, exhausted and moved: the client begins again in any case. */
function asInvalid(error: unknown): unknown {
  const isChallenge = error instanceof AuthError && error.code.startsWith('CHALLENGE_');
  return isChallenge ? mfaErrors.ATTEMPT_INVALID({ cause: error }) : error;
}
