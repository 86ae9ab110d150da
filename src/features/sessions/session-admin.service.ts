import type { EntityDictionary } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { AuthError } from '../../kernel/errors.js';
import { isId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { AccountGuardService } from '../access/account-guard.service.js';
import type { RoleHoldersService } from '../access/role-holders.service.js';
import { Session } from './session.entity.js';
import { conditionOf, type SessionCondition, type SessionFilter } from './session-filter.js';
import type { SessionListService } from './session-list.service.js';
import type { SessionService } from './session.service.js';

/** So many end in one transaction: more would hold up the others. */
const CHUNK = 500;
/** So many are shown of those that ended. */
const SHOWN = 100;
const NONE = '00000000-0000-0000-0000-000000000000';

/** What became, or would become, of the sessions that were meant. */
export interface RevokedSessions {
  readonly count: number;
  /** Those of users whom the caller may not manage; they go on. */
  readonly skipped: number;
  /** The first hundred that ended. */
  readonly sessions: readonly Session[];
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly accountGuard: AccountGuardService;
  readonly roleHolders: RoleHoldersService;
  readonly sessions: SessionService;
  readonly sessionLists: SessionListService;
}

/** What admins do with the sessions of others. */
export class SessionAdminService {
  constructor(private readonly deps: Deps) {}

  /** Those with something unusual about their beginning, ended ones included for 30 days; newest first. */
  async suspicious({ first, after }: PageRequest, since: Date | null): Promise<Page<Session>> {
    const em = this.deps.em.fork();
    const before = after === null ? null : decodeCursor(after, isId);
    const rows: EntityDictionary<Session>[] = await em.execute(
      `select * from sessions where jsonb_array_length(flags) > 0 and created_at >= ?
         ${before === null ? '' : 'and id < ?'} order by id desc limit ${first + 1}`,
      [since ?? new Date(0), ...(before === null ? [] : [before])],
    );
    const sessions = rows.map((row) => em.map(Session, row));
    return toPage(sessions, first, { key: ({ id }) => id, node: (session) => session });
  }

  /**
   * Ends the live sessions that the filter means, but neither the caller's own nor those of users whom they may not
   * manage; `dryRun` only counts. In many transactions: whoever begins a session meanwhile may have to be asked for
   * again. Throws INVALID_INPUT.
   */
  async revoke(
    caller: Caller,
    { filter, dryRun }: { filter: SessionFilter; dryRun: boolean },
  ): Promise<RevokedSessions> {
    const condition = conditionOf(filter);
    const total = { count: 0, skipped: 0, sessions: [] as Session[] };
    for (let after = NONE; ; ) {
      const chunk = await this.deps.unitOfWork.run(async (unit) => {
        const found = await this.find(unit, condition, after);
        const manageable = await this.manageable(unit, caller, found);
        if (!dryRun) await this.deps.sessions.end(unit, caller, manageable, 'revoked_by_admin');
        return { found, manageable };
      });
      const own = chunk.found.filter(({ id }) => id === ownSessionOf(caller)).length;
      total.count += chunk.manageable.length;
      total.skipped += chunk.found.length - own - chunk.manageable.length;
      total.sessions.push(...chunk.manageable.slice(0, SHOWN - total.sessions.length));
      const last = chunk.found.at(-1);
      if (!last || chunk.found.length < CHUNK) return total;
      after = last.id;
    }
  }

  private async find({ em }: Unit, { sql, values }: SessionCondition, after: string): Promise<Session[]> {
    const live = this.deps.sessionLists.live();
    const rows: EntityDictionary<Session>[] = await em.execute(
      `select s.* from sessions s join users u on u.id = s.user_id
       where s.id > ? and ${live.sql} and ${sql} order by s.id limit ${CHUNK}`,
      [after, ...live.values, ...values],
    );
    return rows.map((row) => em.map(Session, row));
  }

  private async manageable(unit: Unit, caller: Caller, sessions: readonly Session[]): Promise<Session[]> {
    const beyond = new Set<string>();
    // Who holds no role may be managed by everybody who manages at all: only the others are worth asking about.
    const userIds = [...new Set(sessions.map(({ userId }) => userId))];
    for (const userId of await this.deps.roleHolders.among(unit, userIds)) {
      if (!(await this.mayManage(unit, caller, userId))) beyond.add(userId);
    }
    const own = ownSessionOf(caller);
    return sessions.filter(({ id, userId }) => id !== own && !beyond.has(userId));
  }

  private async mayManage(unit: Unit, caller: Caller, userId: string): Promise<boolean> {
    try {
      await this.deps.accountGuard.assertMayManage(unit, caller, userId);
      return true;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'USER_TOO_POWERFUL') return false;
      throw error;
    }
  }
}

function ownSessionOf({ principal }: Caller): string | null {
  return principal.kind === 'user' ? principal.sessionId : null;
}
