import type { Caller, UserPrincipal } from '../../kernel/caller.js';
import { AuthError, errors } from '../../kernel/errors.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import { Session } from '../sessions/session.entity.js';
import type { SessionRenewalService } from '../sessions/session-renewal.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import type { WantedAction } from './action-request.service.js';
import { actionTokenConsumed, stepUpErrors } from './step-up.contract.js';

const PURPOSE = 'action';
/** Lets secret scanners recognise a leaked token, and keeps it apart from all others at first sight. */
const PREFIX = 'lka_';

export interface IssuedActionToken {
  readonly actionToken: string;
  readonly expiresAt: Date;
}

/** What an action token says, once it is used up. */
export interface ConsumedAction extends WantedAction {
  /** The user. */
  readonly subject: string;
  readonly sid: string;
  /** When the user proved it, in seconds since the epoch, and how (RFC 8176). */
  readonly authTime: number;
  readonly amr: readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** What a token has to be good for; null where its presenter does not say. */
export interface ExpectedAction {
  readonly action: string | null;
  readonly sessionId: string | null;
  readonly audiences: readonly string[];
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly audiences: AudienceService;
  readonly sessionRenewals: SessionRenewalService;
  readonly tokenTtlSeconds: number;
}

type Stored = {
  readonly action: string;
  readonly audience: string;
  readonly sessionId: string;
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly exp: number;
};

/**
 * Tokens for one action, at one audience, by one session, once. Opaque, never a JWT, which a verifier that ignores `typ`
 * would take for an access token. They end with all that is pending for the account, and with their session.
 */
export class ActionTokenService {
  constructor(private readonly deps: Deps) {}

  /** Whether it has the shape of one. */
  recognises(token: string): boolean {
    return token.startsWith(PREFIX);
  }

  /** For a proof of this very moment. */
  async issueWithin(
    unit: Unit,
    { id: subject, sessionId }: UserPrincipal,
    { action, audience, amr }: WantedAction & { amr: readonly string[] },
  ): Promise<IssuedActionToken> {
    const ttlSeconds = this.deps.tokenTtlSeconds;
    const authTime = Math.floor(unit.now.getTime() / 1000);
    const data: Stored = { action, audience, sessionId, authTime, amr, exp: authTime + ttlSeconds };
    const request = { purpose: PURPOSE, form: 'token', subject, ttlSeconds, data } as const;
    const { secret, expiresAt } = await this.deps.challenges.issueWithin(unit, request);
    return { actionToken: PREFIX + secret, expiresAt };
  }

  /**
   * For whoever the token was made for: a service account at its audiences, or the user themself, in the same session, at
   * this API's own. Throws FORBIDDEN or, whatever is wrong with the token, ACTION_TOKEN_INVALID.
   */
  async consume(
    caller: Caller,
    token: string,
    { action, audience, sessionId }: WantedAction & { sessionId: string },
  ): Promise<ConsumedAction> {
    const { principal } = caller;
    const own =
      principal.kind === 'user' && principal.sessionId === sessionId ? [this.deps.audiences.own] : [];
    const audiences = principal.kind === 'service_account' ? principal.audiences : own;
    if (principal.kind !== 'user' && principal.kind !== 'service_account') throw errors.FORBIDDEN();
    const here = audiences.includes(audience) ? [audience] : [];
    return await this.burn(caller, token, { action, sessionId, audiences: here });
  }

  /**
   * Uses the token up if it is good for what is expected. One that is presented at the wrong place stays good: whoever has
   * got hold of it there must not be able to take it from its owner, and learns nothing of it but that it is not good
   * here. Throws ACTION_TOKEN_INVALID.
   */
  async burn(caller: Caller, token: string, expected: ExpectedAction): Promise<ConsumedAction> {
    if (!this.recognises(token)) throw stepUpErrors.ACTION_TOKEN_INVALID();
    const proof = { purpose: PURPOSE, secret: token.slice(PREFIX.length) };
    try {
      const { data, subject } = await this.deps.challenges.peek<Stored>(proof);
      if (subject === null || !isAsExpected(data, expected)) throw stepUpErrors.ACTION_TOKEN_INVALID();
      return await this.deps.unitOfWork.run(async (unit) => {
        await this.deps.challenges.burnWithin(unit, { ...proof, subject });
        const inTime = await this.deps.sessionRenewals.isInTimeWithin(unit, data.sessionId);
        if (!inTime || !(await isAlive(unit, subject, data))) throw stepUpErrors.ACTION_TOKEN_INVALID();
        const { action, audience, sessionId: sid, authTime, amr, exp } = data;
        const about = { caller, subject: { type: 'session', id: sid }, userId: subject };
        unit.emit(actionTokenConsumed, { ...about, payload: { action, audience, sessionId: sid } });
        return { action, audience, subject, sid, authTime, amr, exp };
      });
    } catch (error) {
      throw asInvalid(error);
    }
  }
}

function isAsExpected(
  { action, audience, sessionId }: Stored,
  { action: wanted, sessionId: session, audiences }: ExpectedAction,
): boolean {
  const isWanted = wanted === null || wanted === action;
  return isWanted && (session === null || session === sessionId) && audiences.includes(audience);
}

/** What ends an account ends its sessions and its tokens; this asks all the same. */
async function isAlive({ em, now }: Unit, userId: string, { sessionId }: Stored): Promise<boolean> {
  const later = { $gt: now };
  const alive = { id: sessionId, revokedAt: null, expiresAt: later, idleExpiresAt: later };
  const [row]: { status: string }[] = await em.execute('select status from users where id = ?', [userId]);
  return row?.status === 'active' && (await em.count(Session, { ...alive, userId })) > 0;
}

/** One answer for unknown, used, late, and meant for something else. */
function asInvalid(error: unknown): unknown {
  const isChallenge = error instanceof AuthError && error.code.startsWith('CHALLENGE_');
  return isChallenge ? stepUpErrors.ACTION_TOKEN_INVALID({ cause: error }) : error;
}
