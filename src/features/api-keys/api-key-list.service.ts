import type { EntityDictionary } from '@mikro-orm/core';
import { type Caller, hasPermission } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { errors } from '../../kernel/errors.js';
import { isId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import { ApiKey } from './api-key.entity.js';
import { aliveAt, keysOf } from './api-key.service.js';
import { type KeyOwner, mayTouch, ownerOf } from './api-key-owner.service.js';

interface Deps {
  readonly em: EntityManager;
  readonly clock: Clock;
}

/** Says which keys there are that work. */
export class ApiKeyListService {
  constructor(private readonly deps: Deps) {}

  /**
   * Those of one owner, newest first: by default the caller's own, and of a key those of its owner. Throws FORBIDDEN for
   * somebody else's without `api_keys:list`.
   */
  async listOf(caller: Caller, wanted: KeyOwner | null, request: PageRequest): Promise<Page<ApiKey>> {
    const { principal } = caller;
    const owner = wanted ?? (principal.kind === 'api_key' ? principal.owner : ownerOf(principal));
    const may =
      owner &&
      (principal.kind === 'api_key'
        ? hasPermission(principal, 'api_keys:list')
        : mayTouch(caller, owner, 'api_keys:list'));
    if (!may) throw errors.FORBIDDEN();
    const { first, after } = request;
    const before = after === null ? null : decodeCursor(after, isId);
    const keys = await this.deps.em.fork().find(
      ApiKey,
      {
        ...keysOf(owner),
        ...aliveAt(this.deps.clock.now()),
        ...(before === null ? {} : { id: { $lt: before } }),
      },
      { orderBy: { id: 'desc' }, limit: first + 1 },
    );
    return toPage(keys, first, { key: ({ id }) => id, node: (key) => key });
  }

  /** Those of many owners of one kind, newest first and 100 of each at most, for loaders. */
  async listOfMany(
    kind: KeyOwner['kind'],
    ownerIds: readonly string[],
  ): Promise<ReadonlyMap<string, ApiKey[]>> {
    const em = this.deps.em.fork();
    const rows: EntityDictionary<ApiKey>[] = await em.execute(
      `select * from (
         select *, row_number() over (partition by owner_id order by id desc) as place from api_keys
         where owner_kind = ? and owner_id = any(?::uuid[]) and revoked_at is null
           and (expires_at is null or expires_at > ?)
       ) newest where place <= 100 order by id desc`,
      [kind, `{${ownerIds.join(',')}}`, this.deps.clock.now()],
    );
    return Map.groupBy(
      rows.map((row) => em.map(ApiKey, row)),
      ({ ownerId }) => ownerId,
    );
  }
}
