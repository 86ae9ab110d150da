import type { PersonalFacts } from '../../kernel/event.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { DataSubject } from '../../platform/personal-data.js';

/** More than anybody reads; the newest. */
const MOST = 10_000;

interface Row {
  readonly name: string;
  readonly occurred_at: Date | string;
  readonly actor_kind: string;
  readonly actor_id: string | null;
  readonly user_id: string | null;
  readonly payload: object;
  readonly facts: PersonalFacts | null;
}

/**
 * The events of an account and of what its owner did, newest first. An address or an agent is there only when it may
 * be the owner's: of an admin who changed the account they read nothing, nor what that one wrote as the reason, which
 * may name people, nor anything of whom they changed themselves. As long as the address is not proved, whoever was not
 * signed in may be its real owner.
 */
export async function exportedEvents(em: EntityManager, subject: DataSubject): Promise<unknown> {
  const { userId } = subject;
  const rows: Row[] = await em.execute(
    `select e.name, e.occurred_at, e.actor_kind, e.actor_id, e.user_id, e.payload, p.facts
     from audit_events e left join audit_personal p on p.event_id = e.id
     where e.sequence in (
       (select sequence from audit_events where user_id = ? order by sequence desc limit ${MOST})
       union
       (select sequence from audit_events where actor_id = ? order by sequence desc limit ${MOST}))
     order by e.sequence desc limit ${MOST}`,
    [userId, userId],
  );
  return rows.map((row) => exported(row, subject));
}

function exported(row: Row, { userId, addressProved = false }: DataSubject): object {
  const { name, facts } = row;
  const occurredAt = new Date(row.occurred_at).toISOString();
  const { ip = null, userAgent = null, reason, ...names } = facts ?? {};
  if (row.user_id !== userId) {
    return { name, occurredAt, by: 'you', about: 'something else than your account', ip, userAgent };
  }
  const event = { name, occurredAt, by: whoDid(row, userId), facts: { ...row.payload, ...names } };
  const byAnother = row.actor_id !== null && row.actor_id !== userId;
  if (byAnother) return event;
  const withReason = { ...event, ...(reason === undefined ? {} : { reason }) };
  if (row.actor_kind === 'anonymous' && !addressProved) return withReason;
  return { ...withReason, ip, userAgent };
}

function whoDid({ actor_id: actorId, actor_kind: kind }: Row, userId: string): string {
  if (actorId === userId) return 'you';
  if (kind === 'anonymous') return 'somebody who was not signed in';
  return kind === 'system' ? 'the service itself' : 'an administrator or another service';
}
