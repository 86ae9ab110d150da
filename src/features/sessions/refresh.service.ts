import type { Caller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import { isRefreshToken, newSuccessorSalt, refreshTokenHash, successorOf } from './refresh-token-secret.js';
import { endsAt } from './session-deadline.js';
import { Session } from './session.entity.js';
import type { SessionService } from './session.service.js';
import type { SessionFacts, SessionTokenService } from './session-token.service.js';
import { refreshTokenReused, sessionErrors } from './sessions.contract.js';

/**
 * Rotation in one statement: of any number of processes that present the token at once, one updates the row,
 * the others wait for it and then match nothing. $1 hash, $2 now, $3 salt, $4 id and $5 hash of the
 * successor, $6 its expiry, $7 the time before which the session was last seen long ago, $8 the kinds
 * of factors that do not count.
 */
const ROTATE = defineStatement<SessionFacts & { expiresAt: number }>(
  'refresh-rotate',
  `with rotated as (
     update refresh_tokens t set rotated_at = $2::timestamptz, successor_salt = $3
     from sessions s join users u on u.id = s.user_id
     where t.token_hash = $1 and t.rotated_at is null and t.expires_at > $2::timestamptz
       and s.id = t.session_id and s.revoked_at is null and ${endsAt('$8')} > $2::timestamptz
       and u.status = 'active'
     returning s.id, s.user_id, s.auth_time, s.amr, s.acr, ${endsAt('$8')} as expires_at
   ), successor as (
     insert into refresh_tokens (id, session_id, token_hash, issued_at, expires_at)
     select $4::uuid, id, $5, $2::timestamptz, least($6::timestamptz, expires_at) from rotated
     returning expires_at
   ), seen as (
     update sessions s set last_seen_at = $2::timestamptz,
       idle_expires_at = least($6::timestamptz, s.expires_at)
     from rotated r where s.id = r.id and (s.last_seen_at < $7::timestamptz
       or s.idle_expires_at < least($6::timestamptz, s.expires_at) - interval '1 minute')
   )
   select r.id as "sessionId", r.user_id as "userId", r.amr, r.acr,
     extract(epoch from r.auth_time)::float8 as "authTime",
     extract(epoch from n.expires_at)::float8 * 1000 as "expiresAt"
   from rotated r, successor n`,
);

/** What is known of a token that did not rotate. */
interface Presented extends SessionFacts {
  readonly id: string;
  readonly expiresAt: number;
  readonly rotatedAt: number | null;
  readonly successorSalt: string | null;
  /** Whether session and account would still allow it. */
  readonly alive: boolean;
}

const PRESENTED = defineStatement<Presented>(
  'refresh-presented',
  `select t.id, t.session_id as "sessionId", s.user_id as "userId", s.amr, s.acr,
     extract(epoch from s.auth_time)::float8 as "authTime",
     extract(epoch from t.expires_at)::float8 * 1000 as "expiresAt",
     extract(epoch from t.rotated_at)::float8 * 1000 as "rotatedAt",
     t.successor_salt as "successorSalt",
     (s.revoked_at is null and ${endsAt('$3')} > $2::timestamptz and u.status = 'active') as alive
   from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
   where t.token_hash = $1`,
);

/** A rotation, or the same answer to a replay. */
interface Rotated extends SessionFacts {
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

/** Everything that a client needs from now on. */
export interface Refreshed extends Rotated {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

interface Deps {
  readonly statements: Statements;
  readonly unitOfWork: UnitOfWork;
  readonly sessions: SessionService;
  readonly sessionTokens: SessionTokenService;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly factorKinds: FactorKindsService;
  readonly settings: { readonly idleTtlSeconds: number; readonly replayWindowSeconds: number };
}

/**
 * Owns the rotation of refresh tokens (RFC 9700 §4.14.2). A token works once; presented again within the
 * replay window, while its successor is unused, it gives the same successor, so that a lost answer or two
 * tabs sign nobody out. Presented later, or after its successor was used, it ends the session.
 */
export class RefreshService {
  constructor(private readonly deps: Deps) {}

  /** Throws AUDIENCE_UNKNOWN, before anything is used up, REFRESH_INVALID, SESSION_EXPIRED or REFRESH_REUSED. */
  async refresh(caller: Caller, token: string, audience: string | null): Promise<Refreshed> {
    const { sessionTokens } = this.deps;
    const resolved = await sessionTokens.resolveAudience(audience);
    const rotated = await this.rotate(caller, token);
    const { token: accessToken, expiresAt } = await sessionTokens.mint(rotated, resolved);
    return { ...rotated, accessToken, accessTokenExpiresAt: expiresAt };
  }

  private async rotate(caller: Caller, token: string): Promise<Rotated> {
    if (!isRefreshToken(token)) throw sessionErrors.REFRESH_INVALID();
    const { statements, keyring, clock, settings, factorKinds } = this.deps;
    const now = clock.now();
    const salt = newSuccessorSalt(keyring);
    const successor = successorOf(keyring, token, salt);
    const [rotated] = await statements.run(ROTATE, [
      refreshTokenHash(token),
      now.toISOString(),
      salt,
      newId(),
      refreshTokenHash(successor),
      addSeconds(now, settings.idleTtlSeconds).toISOString(),
      addSeconds(now, -60).toISOString(),
      factorKinds.notTaken,
    ]);
    if (rotated)
      return { ...rotated, refreshToken: successor, refreshTokenExpiresAt: new Date(rotated.expiresAt) };
    return await this.answerReplay(caller, token);
  }

  private async answerReplay(caller: Caller, token: string): Promise<Rotated> {
    const now = this.deps.clock.now();
    const presented = await this.find(token, now);
    if (!presented) throw sessionErrors.REFRESH_INVALID();
    if (!presented.alive) throw sessionErrors.SESSION_EXPIRED();
    const { rotatedAt, successorSalt } = presented;
    if (rotatedAt === null || successorSalt === null) throw sessionErrors.SESSION_EXPIRED();
    // In both directions: a clock that was set back must not open the window again.
    if (Math.abs(now.getTime() - rotatedAt) <= this.deps.settings.replayWindowSeconds * 1000) {
      const refreshToken = successorOf(this.deps.keyring, token, successorSalt);
      const successor = await this.find(refreshToken, now);
      if (successor?.alive && successor.rotatedAt === null) {
        return { ...successor, refreshToken, refreshTokenExpiresAt: new Date(successor.expiresAt) };
      }
    }
    await this.endFamily(caller, presented);
    throw sessionErrors.REFRESH_REUSED();
  }

  private async find(token: string, now: Date): Promise<Presented | undefined> {
    const { statements, factorKinds } = this.deps;
    const values = [refreshTokenHash(token), now.toISOString(), factorKinds.notTaken];
    const [presented] = await statements.run(PRESENTED, values);
    return presented;
  }

  /** Committed before the refusal is thrown, so that the refusal cannot undo it. */
  private async endFamily(caller: Caller, { id, sessionId, userId }: Presented): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      unit.emit(refreshTokenReused, {
        caller,
        subject: { type: 'session', id: sessionId },
        userId,
        payload: { refreshTokenId: id },
      });
      const session = await unit.em.findOneOrFail(Session, { id: sessionId });
      await this.deps.sessions.end(unit, caller, [session], 'refresh_token_reused');
    });
  }
}
