import type { EntityDictionary } from '@mikro-orm/core';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { isId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { FactorKindsService } from '../mfa/factor-kinds.service.js';
import { endsAt } from './session-deadline.js';
import { Session } from './session.entity.js';

/** A condition on a session `s` of a user `u`: that it is live at $now. The values are those of `liveValues`. */
const LIVE = `s.revoked_at is null and s.idle_expires_at > ? and ${endsAt('?')} > ?`;

interface Deps {
  readonly em: EntityManager;
  readonly clock: Clock;
  readonly factorKinds: FactorKindsService;
}

/** Which sessions there are. Live are those that a request may come in on, by the same rule. */
export class SessionListService {
  constructor(private readonly deps: Deps) {}

  /** The user's live sessions, newest first; with `includeEnded` those that ended within the last 30 days, too. */
  async listOf(userId: string, { first, after }: PageRequest, includeEnded = false): Promise<Page<Session>> {
    const conditions = [
      { sql: 's.user_id = ?', values: [userId] },
      ...(includeEnded ? [] : [this.live()]),
      ...(after === null ? [] : [{ sql: 's.id < ?', values: [decodeCursor(after, isId)] }]),
    ];
    const sessions = await this.read(
      `select s.* from sessions s join users u on u.id = s.user_id
       where ${conditions.map(({ sql }) => sql).join(' and ')} order by s.id desc limit ${first + 1}`,
      conditions.flatMap<unknown>(({ values }) => values),
    );
    return toPage(sessions, first, { key: ({ id }) => id, node: (session) => session });
  }

  /** The live sessions of many users, newest first and 100 of each at most, for loaders. */
  async listOfMany(userIds: readonly string[]): Promise<ReadonlyMap<string, Session[]>> {
    const { sql, values } = this.live();
    const sessions = await this.read(
      `select * from (
         select s.*, row_number() over (partition by s.user_id order by s.id desc) as nth
         from sessions s join users u on u.id = s.user_id where s.user_id = any(?::uuid[]) and ${sql}
       ) newest where nth <= 100 order by id desc`,
      [`{${userIds.join(',')}}`, ...values],
    );
    return Map.groupBy(sessions, ({ userId }) => userId);
  }

  /** A condition on a session `s` of a user `u`, with the values of its placeholders. */
  live(): { readonly sql: string; readonly values: readonly unknown[] } {
    const now = this.deps.clock.now();
    return { sql: LIVE, values: [now, this.deps.factorKinds.notTaken, now] };
  }

  private async read(sql: string, values: readonly unknown[]): Promise<Session[]> {
    const em = this.deps.em.fork();
    const rows: EntityDictionary<Session>[] = await em.execute(sql, [...values]);
    return rows.map((row) => em.map(Session, row));
  }
}
