import { addSeconds } from '../../kernel/clock.js';
import type { DomainEvent } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { EventBus } from '../../platform/events/event-bus.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import { User } from '../users/user.entity.js';
import { newSignInMail } from './new-sign-in.mail.js';
import { Session } from './session.entity.js';
import { flagsOf, type SessionBackground } from './session-flags.policy.js';
import { sessionCreated } from './sessions.contract.js';

const FAILURES_SECONDS = 3_600;
/** Of the account's latest events so many are looked at: a flood of others must not make a sign-in slow. */
const EVENTS = 200;
/** Somebody with more sessions than this within a month is not a person; the newest are enough to tell. */
const SESSIONS = 1_000;

interface Deps {
  readonly bus: EventBus;
  readonly mails: MailOutbox;
}

/** Looks at every session that begins, in the transaction that begins it, for what its owner should look at twice. */
export class SessionFlagsService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(sessionCreated, async (event, unit) => await this.judge(event, unit));
  }

  private async judge({ subject }: DomainEvent, unit: Unit): Promise<void> {
    const session = await unit.em.findOneOrFail(Session, { id: subject.id });
    const flags = flagsOf(session, await backgroundOf(unit, session));
    session.flags = flags;
    if (flags.includes('new_network') && flags.includes('new_agent')) await this.tell(unit, session);
  }

  /** Known neither by where it is nor by what it is: whether it is the owner's, only they can tell. */
  private async tell(unit: Unit, { userId, deviceLabel: device }: Session): Promise<void> {
    const { email: to, locale } = await unit.em.findOneOrFail(User, { id: userId });
    const values = { device, when: unit.now.toISOString() };
    this.deps.mails.enqueue(unit, { definition: newSignInMail, to, userId, locale, values });
  }
}

async function backgroundOf({ em, now }: Unit, { id, userId }: Session): Promise<SessionBackground> {
  const earlier: { ip: string | null; device_label: string }[] = await em.execute(
    `select distinct ip, device_label from (
       select ip, device_label from sessions where user_id = ? and id <> ? order by id desc limit ${SESSIONS}) newest`,
    [userId, id],
  );
  // The audit trail, not the counters of the lockout: those are forgotten with the first success.
  const failures: unknown[] = await em.execute(
    `select 1 from (
       select name, occurred_at from audit_events where user_id = ? order by sequence desc limit ${EVENTS}) latest
     where name in ('login.failed', 'factor.refused', 'lockout.started') and occurred_at >= ? limit 1`,
    [userId, addSeconds(now, -FAILURES_SECONDS)],
  );
  const origins = earlier.map(({ ip, device_label: deviceLabel }) => ({ ip, deviceLabel }));
  return { earlier: origins, failuresBefore: failures.length > 0 };
}
