import type { CredentialKind, PlantedCredential } from '../../../platform/credential-kind.js';
import type { EntityManager } from '../../../platform/database/orm.js';

/** A credential, and who can remove it. */
export interface Planted extends PlantedCredential {
  readonly owner: CredentialKind;
}

/** What a session, and whatever it has made possible, has left behind. */
export interface Trace {
  /** Credentials that still are good, each once, in the order in which they were found. */
  readonly credentials: readonly Planted[];
  /** The sessions that were opened with such credentials, live and ended, whose own work is traced as well. */
  readonly sessionIds: readonly string[];
}

/** Where a trace begins. */
export interface TraceStart {
  readonly sessionIds: readonly string[];
  /** Credentials that are known to be planted, whoever planted them. */
  readonly credentials?: readonly Planted[];
  /** A session that is nobody's work but its own: the one that asks. */
  readonly sparedSessionId: string | null;
}

/**
 * Follows sessions to what they created, that to the sessions it opened, and so on until nothing new is found; a session
 * is visited once, so that a circle of them ends as well.
 */
export async function traceFrom(
  em: EntityManager,
  kinds: readonly CredentialKind[],
  { sessionIds, credentials: known = [], sparedSessionId }: TraceStart,
): Promise<Trace> {
  const visited = new Set(sessionIds);
  const found = new Map(known.map((each) => [nameOf(each), each]));
  const descendants: string[] = [];
  let frontier = [...sessionIds];
  let fresh = [...found.values()];
  while (frontier.length > 0 || fresh.length > 0) {
    for (const kind of kinds) {
      if (frontier.length === 0) break;
      for (const each of await kind.createdBy(em, frontier)) {
        if (found.has(nameOf(each))) continue;
        const planted = { ...each, owner: kind };
        found.set(nameOf(each), planted);
        fresh.push(planted);
      }
    }
    const opened = await sessionsOpenedBy(em, frontier, fresh);
    frontier = opened.filter((id) => !visited.has(id) && id !== sparedSessionId);
    for (const id of frontier) visited.add(id);
    descendants.push(...frontier);
    fresh = [];
  }
  return { credentials: [...found.values()], sessionIds: descendants };
}

/** How a session names, in `openedWith`, a credential that it was opened with. */
export function nameOf({ kind, id }: Pick<PlantedCredential, 'kind' | 'id'>): string {
  return `${kind}:${id}`;
}

/** By the lineage that each has of its own, and by the credentials that opened it: of the users these belong to. */
async function sessionsOpenedBy(
  em: EntityManager,
  sessionIds: readonly string[],
  credentials: readonly Planted[],
): Promise<string[]> {
  // A code by mail proves the mailbox, which is not the work of whoever turned such codes on.
  const opening = credentials.filter(({ kind }) => kind !== 'email_code');
  const userIds = new Set(opening.flatMap(({ userId }) => userId ?? []));
  const rows: { id: string }[] = await em.execute(
    `select id from sessions where created_by_session_id = any(?::uuid[])
     union
     select s.id from sessions s, jsonb_array_elements_text(s.opened_with) as name
     where s.user_id = any(?::uuid[]) and name = any(?::text[])`,
    [array(sessionIds), array([...userIds]), array(opening.map(nameOf))],
  );
  return rows.map(({ id }) => id);
}

/** Ids and names of kinds hold nothing that would have to be quoted. */
function array(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}
