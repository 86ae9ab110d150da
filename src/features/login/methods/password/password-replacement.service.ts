import type { Caller } from '../../../../kernel/caller.js';
import { lineageOf } from '../../../../kernel/lineage.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { MailOutbox } from '../../../../platform/mail/mail-outbox.js';
import type { ApiKeyService } from '../../../api-keys/api-key.service.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import type { LockedUsersService } from '../../../lockout/locked-users.service.js';
import { Session } from '../../../sessions/session.entity.js';
import type { SessionService } from '../../../sessions/session.service.js';
import type { EmailUndoService } from '../../../users/email-undo.service.js';
import type { User } from '../../../users/user.entity.js';
import { passwordChangedMail } from './password-changed.mail.js';
import { passwordChanged, type PasswordChangedBy } from './password.contract.js';
import { Password } from './password.entity.js';
import type { PreparedPassword } from './password.service.js';

/** A password in the place of another, or of none. */
export interface PasswordReplacement {
  /** Held by the unit. */
  readonly user: User;
  readonly prepared: PreparedPassword;
  readonly by: PasswordChangedBy;
  /** The one session that goes on. */
  readonly keptSessionId?: string;
  /** Whether API keys end: they go on by default, as the services that use them would stop. */
  readonly revokeApiKeys?: boolean;
}

interface Deps {
  readonly apiKeys: ApiKeyService;
  readonly sessions: SessionService;
  readonly challenges: ChallengeService;
  readonly emailUndo: EmailUndoService;
  readonly lockedUsers: LockedUsersService;
  readonly mails: MailOutbox;
}

/**
 * What every change of a password brings about, however it came to it: sessions and pending links and codes of the
 * account end, what failed with the old one is forgotten, and so is from where somebody signed in with it, but for the
 * device that the owner changes it on; it is audited, and the owner is told.
 */
export class PasswordReplacementService {
  constructor(private readonly deps: Deps) {}

  /** All of it within `unit`; answers how many live sessions were ended. */
  async replaceWithin(unit: Unit, caller: Caller, replacement: PasswordReplacement): Promise<number> {
    const { user, prepared, by } = replacement;
    const { id: userId } = user;
    await write(unit, caller, replacement);
    const ended = await this.endSessions(unit, caller, replacement);
    if (replacement.revokeApiKeys) await this.deps.apiKeys.endAllOf(unit, caller, userId, 'password_reset');
    await this.deps.challenges.revokeWithin(unit, { subject: userId });
    // By anybody else the owner's way back is not to be taken: an intruder may reset a password too.
    if (by === 'admin') await this.deps.emailUndo.revokeWithin(unit, userId);
    await this.deps.lockedUsers.unlockWithin(unit, userId);
    await this.deps.lockedUsers.forgetPlacesWithin(unit, userId, by === 'user' ? caller.deviceId : null);
    unit.emit(passwordChanged, {
      caller,
      subject: { type: 'user', id: userId },
      userId,
      payload: { by, breachCheck: prepared.breachCheck },
    });
    // A first password replaces nothing, and is set from the mailbox that the notice would go to.
    if (by !== 'activation') this.tell(unit, user);
    return ended;
  }

  private async endSessions(
    unit: Unit,
    caller: Caller,
    { user, by, keptSessionId }: PasswordReplacement,
  ): Promise<number> {
    const open = await unit.em.find(Session, { userId: user.id, revokedAt: null });
    const others = open.filter(({ id }) => id !== keptSessionId);
    await this.deps.sessions.end(
      unit,
      caller,
      others,
      by === 'reset' ? 'password_reset' : 'password_changed',
    );
    return others.filter(({ expiresAt, idleExpiresAt }) => expiresAt > unit.now && idleExpiresAt > unit.now)
      .length;
  }

  private tell(unit: Unit, { id: userId, email: to, locale }: User): void {
    const values = { when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition: passwordChangedMail, to, userId, locale, values });
  }
}

async function write(
  { em, now }: Unit,
  { principal }: Caller,
  replacement: PasswordReplacement,
): Promise<void> {
  const { user, prepared, by } = replacement;
  const { id: userId } = user;
  const setByMail = by === 'reset' || by === 'activation';
  const written = { hash: prepared.hash, setByMail, ...lineageOf(principal) };
  const password = await em.findOne(Password, { userId });
  if (password) em.assign(password, { ...written, changedAt: laterThan(password.changedAt, now) });
  else em.create(Password, { userId, ...written, changedAt: now });
}

/** What tells a password from the one before must differ, also by a clock that stands or was set back. */
function laterThan(before: Date, now: Date): Date {
  return now > before ? now : new Date(before.getTime() + 1);
}
