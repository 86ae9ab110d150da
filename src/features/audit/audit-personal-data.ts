import type { EntityManager } from '../../platform/database/orm.js';
import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { AuditEvent } from './audit-event.entity.js';
import { exportedEvents } from './audit-export.js';
import { ForgottenKey } from './forgotten-key.entity.js';

/**
 * The side rows about somebody: those of their account, those of what they did to others (their address and agent
 * are in them), and those without an account that name them.
 */
const SIDE_ROWS = `
  select event_id from audit_personal where user_id = ?
  union
  select p.event_id from audit_events e join audit_personal p on p.event_id = e.id where e.actor_id = ?
  union
  select p.event_id from jsonb_array_elements_text(?::jsonb) as name
    join audit_personal p on jsonb_path_query_array(p.facts, '$.*') @> jsonb_build_array(name)
  where p.user_id is null`;

/** Deletes the side rows about somebody. */
export async function eraseSideRows(em: EntityManager, subject: DataSubject): Promise<void> {
  // As an array: Postgres takes names to be frequent, and would rather read the whole table than look up so many.
  await em.execute(
    `delete from audit_personal where event_id = any(array(${SIDE_ROWS}))`,
    parameters(subject),
  );
}

async function countSideRows(em: EntityManager, subject: DataSubject): Promise<number> {
  const [row]: { rows: number }[] = await em.execute(
    `select count(*)::int as rows from (${SIDE_ROWS}) as side`,
    parameters(subject),
  );
  return row?.rows ?? 0;
}

function parameters({ userId, identifiers }: DataSubject): string[] {
  return [userId, userId, JSON.stringify(identifiers)];
}

/** What the audit trail keeps about people. */
export const auditPersonalData: readonly PersonalData[] = [
  {
    table: 'audit_events',
    about: 'What happened to the account, and what was done through it: ids, times and facts without names.',
    action: 'kept',
    because:
      'The chain of links proves that nothing was left out; once the rest is gone, the ids lead nowhere.',
    count: async (em, { userId }) => await em.count(AuditEvent, { $or: [{ userId }, { actorId: userId }] }),
    export: exportedEvents,
  },
  {
    table: 'audit_personal',
    about: 'The addresses, agents and names that belong to those events.',
    action: 'deleted',
    because: 'The chain holds salted digests of them only, and verifies without them.',
    count: countSideRows,
    erase: eraseSideRows,
  },
  {
    table: 'audit_forgotten',
    about: 'Keyed fingerprints of what was erased, so that no request under way writes it back.',
    action: 'kept',
    because: 'They are written by the erasure itself, name nobody, and go within half an hour.',
    count: async (em, { userId }) => await em.count(ForgottenKey, { userId }),
  },
];
