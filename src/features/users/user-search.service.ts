import type { EntityDictionary } from '@mikro-orm/core';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { isId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { LockedUsersService } from '../lockout/locked-users.service.js';
import { User, type UserStatus } from './user.entity.js';
import { prefixQuery, USER_WORDS, wordsIn } from './user-words.js';

/** Which users a search is about; absent parts do not narrow it. Deleted ones are found only by their status. */
export interface UserFilter {
  /** Words, in any order: found is who has for each of them one that begins with it. */
  readonly search?: string | null;
  readonly role?: string | null;
  readonly status?: UserStatus | null;
  readonly verified?: boolean | null;
  readonly locked?: boolean | null;
}

export type UserOrder = 'newest_first' | 'oldest_first';

/** A condition on a row of `users`: SQL with `?` for its values. */
export interface UserCondition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

interface Deps {
  readonly em: EntityManager;
  readonly lockedUsers: LockedUsersService;
}

/** More would make the query longer without making it sharper. */
const MAX_WORDS = 8;

/**
 * Finds users by what admins know of them. Every answer comes off an index in its own order, or off one that leaves
 * few rows to sort; values are bound as they are, so that the planner sees how rare a word or a role is.
 */
export class UserSearchService {
  private roleCondition: ((role: string) => Promise<UserCondition>) | undefined;

  constructor(private readonly deps: Deps) {}

  /** Lets the owner of roles say who holds one. */
  narrowByRole(condition: (role: string) => Promise<UserCondition>): void {
    this.roleCondition = condition;
  }

  /** Ids sort by creation, so they are the order and the cursor. */
  async list(filter: UserFilter, order: UserOrder, { first, after }: PageRequest): Promise<Page<User>> {
    const conditions = await this.conditionsOf(filter);
    const [beyond, direction] = order === 'newest_first' ? ['<', 'desc'] : ['>', 'asc'];
    if (after !== null) conditions.push({ sql: `id ${beyond} ?`, values: [decodeCursor(after, isId)] });
    const em = this.deps.em.fork();
    const rows: EntityDictionary<User>[] = await em.execute(
      `select * from users where ${all(conditions)} order by id ${direction} limit ?`,
      [...valuesOf(conditions), first + 1],
    );
    const users = rows.map((row) => em.map(User, row));
    return toPage(users, first, { key: ({ id }) => id, node: (user) => user });
  }

  /** How many there are; it reads them all. */
  async count(filter: UserFilter): Promise<number> {
    const conditions = await this.conditionsOf(filter);
    const [row]: { count: number }[] = await this.deps.em
      .fork()
      .execute(`select count(*)::int as count from users where ${all(conditions)}`, valuesOf(conditions));
    return row?.count ?? 0;
  }

  private async conditionsOf({
    search,
    role,
    status,
    verified,
    locked,
  }: UserFilter): Promise<UserCondition[]> {
    const conditions: UserCondition[] = [
      status ? { sql: 'status = ?', values: [status] } : { sql: `status <> 'deleted'`, values: [] },
    ];
    const words = search ? await this.wordsOf(search) : [];
    if (words.length > 0)
      conditions.push({ sql: `${USER_WORDS} @@ ?::tsquery`, values: [prefixQuery(words)] });
    if (typeof role === 'string' && this.roleCondition) conditions.push(await this.roleCondition(role));
    if (typeof verified === 'boolean')
      conditions.push({ sql: `email_verified_at is ${verified ? 'not null' : 'null'}`, values: [] });
    if (typeof locked === 'boolean') conditions.push(this.lockedCondition(locked));
    return conditions;
  }

  private lockedCondition(locked: boolean): UserCondition {
    const { sql, values } = this.deps.lockedUsers.selectIds();
    return { sql: `id ${locked ? 'in' : 'not in'} (${sql})`, values };
  }

  /** The database splits the text as it splits the names, whatever its locale takes for a letter. */
  private async wordsOf(text: string): Promise<string[]> {
    const [row]: { words: string[] }[] = await this.deps.em
      .fork()
      .execute(`select tsvector_to_array(${wordsIn('?::text')}) as words`, [text.normalize('NFKC')]);
    return row?.words.slice(0, MAX_WORDS) ?? [];
  }
}

function all(conditions: readonly UserCondition[]): string {
  return conditions.map(({ sql }) => `(${sql})`).join(' and ');
}

function valuesOf(conditions: readonly UserCondition[]): unknown[] {
  return conditions.flatMap(({ values }) => values);
}
