import { type Caller, hasPermission } from '../../kernel/caller.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { errors } from '../../kernel/errors.js';
import { isId, newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { AccountPart } from './import-users.service.js';
import { User } from './user.entity.js';
import { usersExported } from './users.contract.js';

export const EXPORT_PAGE = 1_000;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
}

/** Gives accounts out as the lines of JSON that an import reads. The deleted ones stay out: they are to be erased. */
export class ExportUsersService {
  private readonly parts: AccountPart[] = [];

  constructor(private readonly deps: Deps) {}

  /** Lets the owner of another part of an account give it out with the account. */
  bringAlong(part: AccountPart): void {
    this.parts.push(part);
  }

  /** A page of lines, oldest account first, without hashes; with metadata for who may read users. */
  async page(caller: Caller, page: PageRequest): Promise<Page<string>> {
    const withMetadata = hasPermission(caller.principal, 'users:read');
    return await this.lines(caller, page, { withMetadata, withPasswordHashes: false });
  }

  /** All lines, a page at a time: the product's own way, for operators. Throws FORBIDDEN for everybody else. */
  async *all(
    caller: Caller,
    { withPasswordHashes }: { withPasswordHashes: boolean },
  ): AsyncGenerator<string[]> {
    if (caller.principal.kind !== 'system') throw errors.FORBIDDEN();
    for (let after: string | null = null; ; ) {
      const options = { withMetadata: true, withPasswordHashes };
      const { edges, hasNextPage } = await this.lines(caller, { first: EXPORT_PAGE, after }, options);
      yield edges.map(({ node }) => node);
      if (!hasNextPage) return;
      after = edges.at(-1)?.cursor ?? null;
    }
  }

  private async lines(
    caller: Caller,
    { first, after }: PageRequest,
    options: { withMetadata: boolean; withPasswordHashes: boolean },
  ): Promise<Page<string>> {
    const beyond = after === null ? {} : { id: { $gt: decodeCursor(after, isId) } };
    const em = this.deps.em.fork();
    const users = await em.find(
      User,
      { status: { $ne: 'deleted' }, ...beyond },
      { orderBy: { id: 'asc' }, limit: first + 1 },
    );
    const parts = options.withPasswordHashes ? await this.partsOf(em, users) : new Map<string, object>();
    await this.record(caller, Math.min(users.length, first), options.withPasswordHashes);
    return toPage(users, first, {
      key: ({ id }) => id,
      node: (user) => JSON.stringify({ ...factsOf(user, options.withMetadata), ...parts.get(user.id) }),
    });
  }

  /** Before anything leaves the house. */
  private async record(caller: Caller, count: number, withPasswordHashes: boolean): Promise<void> {
    await this.deps.unitOfWork.run(async ({ emit }) => {
      const subject = { type: 'export', id: newId() };
      emit(usersExported, { caller, subject, userId: null, payload: { count, withPasswordHashes } });
    });
  }

  private async partsOf(em: EntityManager, users: readonly User[]): Promise<Map<string, object>> {
    const ids = users.map(({ id }) => id);
    const found = new Map<string, object>();
    for (const part of this.parts) {
      for (const [id, text] of await part.read(em, ids)) {
        found.set(id, { ...found.get(id), [part.member]: text });
      }
    }
    return found;
  }
}

/** Only what is said: what is absent reads the same. */
function factsOf(user: User, withMetadata: boolean): object {
  const { email, username, displayName, locale, pictureUrl, metadata, status, createdAt } = user;
  return {
    email,
    emailVerified: user.emailVerifiedAt !== null,
    username: username ?? undefined,
    displayName: displayName ?? undefined,
    locale: locale ?? undefined,
    pictureUrl: pictureUrl ?? undefined,
    metadata: withMetadata && Object.keys(metadata).length > 0 ? metadata : undefined,
    status,
    createdAt: createdAt.toISOString(),
  };
}
