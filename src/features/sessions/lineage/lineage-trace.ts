import type { CredentialKind, Makers, PlantedCredential } from '../../../platform/credential-kind.js';
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
 * Follows sessions to what they created, that to the sessions it opened and, where it is a service account, to what that
 * created, and so on until nothing new is found; each is visited once, so that a circle of them ends as well. What
 * somebody does in sessions of their own with a role that was given to them is not followed.
 */
export async function traceFrom(
  em: EntityManager,
  kinds: readonly CredentialKind[],
  { sessionIds, credentials: known = [], sparedSessionId }: TraceStart,
): Promise<Trace> {
  const sessions = new Set(sessionIds);
  const machines = new Set<string>();
  const found = new Map(known.map((each) => [nameOf(each), each]));
  const descendants: string[] = [];
  let frontier: Makers = { sessionIds: [...sessionIds], serviceAccountIds: [] };
  let fresh = [...found.values()];
  while (fresh.length > 0 || !isEmpty(frontier)) {
    for (const planted of await plantedBy(em, kinds, frontier)) {
      if (found.has(nameOf(planted))) continue;
      found.set(nameOf(planted), planted);
      fresh.push(planted);
    }
    const opened = await sessionsOpenedBy(em, frontier.sessionIds, fresh);
    const made = await machinesOf(em, kinds, frontier);
    frontier = {
      sessionIds: opened.filter((id) => !sessions.has(id) && id !== sparedSessionId),
      serviceAccountIds: made.filter((id) => !machines.has(id)),
    };
    for (const id of frontier.sessionIds) sessions.add(id);
    for (const id of frontier.serviceAccountIds) machines.add(id);
    descendants.push(...frontier.sessionIds);
    fresh = [];
  }
  return { credentials: [...found.values()], sessionIds: descendants };
}

function isEmpty({ sessionIds, serviceAccountIds }: Makers): boolean {
  return sessionIds.length + serviceAccountIds.length === 0;
}

async function plantedBy(
  em: EntityManager,
  kinds: readonly CredentialKind[],
  { sessionIds, serviceAccountIds }: Makers,
): Promise<Planted[]> {
  const found: Planted[] = [];
  for (const owner of kinds) {
    const bySession = sessionIds.length > 0 ? await owner.createdBy(em, sessionIds) : [];
    const byMachine =
      serviceAccountIds.length > 0 ? await owner.createdByMachines?.(em, serviceAccountIds) : [];
    found.push(...[...bySession, ...(byMachine ?? [])].map((each) => ({ ...each, owner })));
  }
  return found;
}

async function machinesOf(
  em: EntityManager,
  kinds: readonly CredentialKind[],
  makers: Makers,
): Promise<string[]> {
  if (isEmpty(makers)) return [];
  const lists = await Promise.all(kinds.map(async (kind) => (await kind.machinesOf?.(em, makers)) ?? []));
  return lists.flat();
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
