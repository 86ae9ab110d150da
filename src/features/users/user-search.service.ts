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

/** SQL with `?` for its values. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** What has to hold of a row of `users`. */
interface Conditions {
  /** Of the row itself, and which users it may be among. */
  readonly plain: readonly Fragment[];
  readonly words: Fragment | null;
  /** The users it is among, where those are so few that each is looked up. */
  readonly few: readonly string[] | null;
}

type Row = EntityDictionary<User> & { readonly id: string };

interface Deps {
  readonly em: EntityManager;
  readonly lockedUsers: LockedUsersService;
}

/** More would make the query longer without making it sharper. */
const MAX_WORDS = 8;
/** So many users are looked up one by one. */
const FEW = 2_000;
/** So many rows are read to see whether a word is common. */
const WINDOW = 500;

/**
 * Finds users by what admins know of them, without reading the others: a word that many have is found among the next
 * rows of the list, a rare one in the index of words, and the holders of a rare role one by one. How rare it is, is
 * tried: the planner knows it of no beginning of a word, and would read the whole list for one that nobody has.
 */
export class UserSearchService {
  private holdersOf: ((role: string) => Promise<Fragment>) | undefined;

  constructor(private readonly deps: Deps) {}

  /** Lets the owner of roles say who holds one: SQL that selects their ids. */
  narrowByRole(holdersOf: (role: string) => Promise<Fragment>): void {
    this.holdersOf = holdersOf;
  }

  /** Ids sort by creation, so they are the order and the cursor. */
  async list(filter: UserFilter, order: UserOrder, { first, after }: PageRequest): Promise<Page<User>> {
    const [beyond, direction] = order === 'newest_first' ? ['<', 'desc'] : ['>', 'asc'];
    const before = after === null ? [] : [{ sql: `id ${beyond} ?`, values: [decodeCursor(after, isId)] }];
    const { plain, ...others } = await this.conditionsOf(filter);
    const rows = await this.rows(
      { plain: [...plain, ...before], ...others },
      `order by id ${direction}`,
      first + 1,
    );
    const em = this.deps.em.fork();
    return toPage(rows, first, { key: ({ id }) => id, node: (row) => em.map(User, row) });
  }

  /** How many there are; it reads them all. */
  async count(filter: UserFilter): Promise<number> {
    const conditions = await this.conditionsOf(filter);
    const { sql, values } = select('count(*)::int as count', conditions);
    const [row] = await this.run<{ count: number }>({ sql, values }, conditions.words !== null);
    return row?.count ?? 0;
  }

  private async rows(conditions: Conditions, order: string, limit: number): Promise<Row[]> {
    const { sql, values } = select('users.*', conditions);
    const sought = { sql: `${sql} ${order} limit ?`, values: [...values, limit] };
    const { plain, words, few } = conditions;
    if (words === null || few !== null) return await this.run<Row>(sought);
    const next = `select * from users where ${all(plain)} ${order} limit ${WINDOW}`;
    const common = await this.run<Row>({
      sql: `select * from (${next}) as users where ${words.sql} ${order} limit ?`,
      values: [...valuesOf(plain), ...words.values, limit],
    });
    return common.length === limit ? common : await this.run<Row>(sought, true);
  }

  private async conditionsOf({ search, role, status, verified, locked }: UserFilter): Promise<Conditions> {
    const plain: Fragment[] = [
      status ? { sql: 'status = ?', values: [status] } : { sql: `status <> 'deleted'`, values: [] },
    ];
    if (typeof verified === 'boolean')
      plain.push({ sql: `email_verified_at is ${verified ? 'not null' : 'null'}`, values: [] });
    const among: Fragment[] = [];
    if (locked === true) among.push(this.deps.lockedUsers.selectIds());
    if (typeof role === 'string' && this.holdersOf) among.push(await this.holdersOf(role));
    if (locked === false) {
      const { sql, values } = this.deps.lockedUsers.selectIds();
      plain.push({ sql: `id not in (${sql})`, values });
    }
    const few = await this.fewOf(among);
    const many = among
      .filter((each) => each !== few?.of)
      .map(({ sql, values }) => ({ sql: `id in (${sql})`, values }));
    return { plain: [...plain, ...many], words: await this.wordsOf(search ?? ''), few: few?.ids ?? null };
  }

  /** The database splits the text as it splits the names, whatever its locale takes for a letter. */
  private async wordsOf(text: string): Promise<Fragment | null> {
    if (text === '') return null;
    const sql = `select tsvector_to_array(${wordsIn('?::text')}) as words`;
    const [row] = await this.run<{ words: string[] }>({ sql, values: [text.normalize('NFKC')] });
    const words = row?.words.slice(0, MAX_WORDS) ?? [];
    return words.length === 0 ? null : { sql: `${USER_WORDS} @@ ?::tsquery`, values: [prefixQuery(words)] };
  }

  /** The first selection that selects few, and what it selects. */
  private async fewOf(among: readonly Fragment[]): Promise<{ of: Fragment; ids: string[] } | null> {
    for (const of of among) {
      const sql = `select id from (${of.sql}) as among (id) limit ${FEW + 1}`;
      const rows = await this.run<{ id: string }>({ sql, values: of.values });
      if (rows.length <= FEW) return { of, ids: rows.map(({ id }) => id) };
    }
    return null;
  }

  /** With `byWords`, neither the list nor the table is read in order of what might be found soon. */
  private async run<Found>({ sql, values }: Fragment, byWords = false): Promise<Found[]> {
    const em = this.deps.em.fork();
    if (!byWords) return await em.execute(sql, [...values]);
    return await em.transactional(async (inner) => {
      await inner.execute(BITMAPS_ONLY);
      return await inner.execute<Found[]>(sql, [...values]);
    });
  }
}

/** For the transaction: of the indexes, that of the words is the only one left to begin with. */
const BITMAPS_ONLY = `select set_config(name, 'off', true)
  from unnest(array['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan']) as name`;

/** Few users are looked up by their ids; `offset 0` keeps that from being planned otherwise. */
function select(what: string, { plain, words, few }: Conditions): Fragment {
  const conditions = words === null ? plain : [...plain, words];
  const rest = { sql: `where ${all(conditions)}`, values: valuesOf(conditions) };
  if (few === null) return { sql: `select ${what} from users ${rest.sql}`, values: rest.values };
  const found = 'select * from users where id = few_id offset 0';
  return {
    sql: `select ${what} from unnest(?::uuid[]) as few (few_id) cross join lateral (${found}) as users ${rest.sql}`,
    values: [`{${few.join(',')}}`, ...rest.values],
  };
}

function all(conditions: readonly Fragment[]): string {
  return conditions.map(({ sql }) => `(${sql})`).join(' and ');
}

function valuesOf(conditions: readonly Fragment[]): unknown[] {
  return conditions.flatMap(({ values }) => values);
}
