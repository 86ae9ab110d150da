import { isDeepStrictEqual } from 'node:util';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { errors } from '../../kernel/errors.js';
import { isId, newId } from '../../kernel/id.js';
import { parseLabel } from '../../kernel/label.js';
import { lineageOf } from '../../kernel/lineage.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { accessErrors } from '../access/access.contract.js';
import type { AccessService } from '../access/access.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import { writeClientSecret } from './new-client-secret.js';
import { ServiceAccount } from './service-account.entity.js';
import { isWider } from './service-account-width.policy.js';
import {
  serviceAccountCreated,
  serviceAccountDisabled,
  serviceAccountErrors,
  serviceAccountUpdated,
} from './service-accounts.contract.js';

/** What somebody says of an account, and may change later. */
export interface ServiceAccountWish {
  readonly name: string;
  readonly description: string;
  /** The audiences that it owns. */
  readonly audiences: readonly string[];
  /** The audiences that it may ask tokens for. */
  readonly allowedAudiences: readonly string[];
  /** The permissions that its tokens may carry at most; null for all that its roles give. */
  readonly scopes: readonly string[] | null;
  /** How long its access tokens are valid, in seconds. */
  readonly tokenTtlSeconds: number;
}

/** Unless somebody says otherwise, a new account owns, and may call, this API alone. */
export interface NewServiceAccount extends Partial<Omit<ServiceAccountWish, 'name'>> {
  readonly name: string;
  readonly roles: readonly string[];
}

/** What is to be different: what is absent stays. */
export interface ServiceAccountChange extends Partial<ServiceAccountWish> {
  /** Whether a disabled account is to be enabled again. */
  readonly enable: boolean;
}

const DEFAULT_TOKEN_TTL_SECONDS = 3600;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly access: AccessService;
  readonly audiences: AudienceService;
  /** Every permission that there is. */
  readonly registry: ReadonlySet<string>;
}

/** Owns the machines: which there are, what their tokens may be, and whether their credentials are accepted. */
export class ServiceAccountService {
  constructor(private readonly deps: Deps) {}

  /**
   * Creates an account with one client secret, which is shown only here. Throws SERVICE_ACCOUNT_NAME_TAKEN,
   * AUDIENCE_UNKNOWN, PERMISSION_UNKNOWN, ROLE_UNKNOWN or ROLE_TOO_WIDE.
   */
  async create(
    caller: Caller,
    { roles, ...wish }: NewServiceAccount,
  ): Promise<{ serviceAccount: ServiceAccount; clientSecret: string }> {
    const facts = await this.read(this.complete(wish));
    return await this.writing(async (unit) => {
      const serviceAccount = await this.write(unit, caller, facts, roles);
      const first = { serviceAccountId: serviceAccount.id, name: 'first', expiresAt: null };
      const { secret } = writeClientSecret(unit, caller, { ...first, rotatedFromId: null });
      for (const role of roles) {
        await this.deps.access.assign(unit, caller, { kind: 'service_account', id: serviceAccount.id }, role);
      }
      return { serviceAccount, clientSecret: secret };
    });
  }

  /**
   * Changes an account, from its next request on; tokens of before that it could not get any more are worth nothing.
   * Enabled again, it has its secrets and keys back, and none of its tokens. Throws SERVICE_ACCOUNT_NOT_FOUND,
   * USER_TOO_POWERFUL for one that may do more than the caller, SERVICE_ACCOUNT_NAME_TAKEN, AUDIENCE_UNKNOWN or
   * PERMISSION_UNKNOWN; FORBIDDEN for an account that would enable itself.
   */
  async update(
    caller: Caller,
    id: string,
    { enable, ...change }: ServiceAccountChange,
  ): Promise<ServiceAccount> {
    // It was let in before it was disabled: whoever did that must not find it enabled by its own hand.
    if (enable && isItself(caller, id)) throw errors.FORBIDDEN();
    const facts = await this.read(change);
    return await this.writing(async (unit) => {
      const row = await this.holdManaged(unit, caller, id);
      const changed = changesOf(row, facts);
      if (isWider({ ...row, ...facts, enabled: enable || row.enabled }, row)) {
        row.widenedBySessionId = lineageOf(caller.principal).createdBySessionId ?? row.widenedBySessionId;
      }
      unit.em.assign(row, facts);
      if (enable && !row.enabled) {
        row.enabled = true;
        changed.push('enabled');
      }
      if (changed.length > 0) {
        const subject = { type: 'service_account', id };
        unit.emit(serviceAccountUpdated, { caller, subject, userId: null, payload: { changed } });
      }
      return row;
    });
  }

  /** The account, or null. */
  async findById(id: string): Promise<ServiceAccount | null> {
    return isId(id) ? await this.deps.em.fork().findOne(ServiceAccount, { id }) : null;
  }

  /** All accounts, newest first. */
  async list({ first, after }: PageRequest): Promise<Page<ServiceAccount>> {
    const before = after === null ? null : decodeCursor(after, isId);
    const accounts = await this.deps.em
      .fork()
      .find(ServiceAccount, before === null ? {} : { id: { $lt: before } }, {
        orderBy: { id: 'desc' },
        limit: first + 1,
      });
    return toPage(accounts, first, { key: ({ id }) => id, node: (account) => account });
  }

  /** The names of the roles of many accounts, for loaders. */
  async rolesOfMany(ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    const rows: { id: string; roles: string[] }[] = await this.deps.em.fork().execute(
      `select a.holder_id as id, array_agg(r.name::text order by r.name) as roles
       from role_assignments a join roles r on r.id = a.role_id
       where a.holder_kind = 'service_account' and a.holder_id = any(?::uuid[])
         and coalesce(a.expires_at > ?, true) group by a.holder_id`,
      [`{${ids.join(',')}}`, this.deps.clock.now()],
    );
    return new Map(rows.map((row) => [row.id, row.roles]));
  }

  /**
   * Disables an account: all its credentials are refused from then on. Again changes nothing. Throws
   * SERVICE_ACCOUNT_NOT_FOUND, or USER_TOO_POWERFUL for one that may do more than the caller.
   */
  async disable(caller: Caller, id: string): Promise<ServiceAccount> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const row = await this.holdManaged(unit, caller, id);
      await this.disableWithin(unit, caller, id);
      return row;
    });
  }

  /**
   * The account, locked until the unit ends, of one who may do all that it may. Throws SERVICE_ACCOUNT_NOT_FOUND or
   * USER_TOO_POWERFUL.
   */
  async holdManaged(unit: Unit, caller: Caller, id: string): Promise<ServiceAccount> {
    const { principal } = caller;
    // Of two machines that manage each other, each would wait for the other if they were held as they come.
    if (principal.kind === 'service_account' && principal.id < id) await this.holdWithin(unit, principal.id);
    const row = await this.holdWithin(unit, id);
    await this.assertMayManage(unit, caller, id);
    return row;
  }

  /** The account, locked until the unit ends. Throws SERVICE_ACCOUNT_NOT_FOUND. */
  async holdWithin({ em }: Unit, id: string): Promise<ServiceAccount> {
    const held = isId(id)
      ? await em.findOne(ServiceAccount, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
      : null;
    if (!held) throw serviceAccountErrors.SERVICE_ACCOUNT_NOT_FOUND();
    return held;
  }

  /** Throws USER_TOO_POWERFUL unless the caller may do all that the account may. */
  async assertMayManage(unit: Unit, caller: Caller, id: string): Promise<void> {
    const { access } = this.deps;
    const held = await access.permissionsWithin(unit, { kind: 'service_account', id });
    if (!(await access.mayGive(unit, caller, held))) throw accessErrors.USER_TOO_POWERFUL();
  }

  /** Within `unit`; whether there was one to disable. */
  async disableWithin(unit: Unit, caller: Caller, id: string): Promise<boolean> {
    // The row is held first: a token that is being issued is either found below, or not issued.
    const [row]: { name: string }[] = await unit.em.execute(
      `update service_accounts set enabled = false where id = ? and enabled returning name`,
      [id],
    );
    if (!row) return false;
    // Later than every token of the account, by whatever clock those were issued.
    await unit.em.execute(
      `update service_accounts a set tokens_not_before = greatest(?::timestamptz,
         (select max(issued_at) + interval '1 millisecond' from machine_tokens where service_account_id = a.id))
       where id = ?`,
      [unit.now, id],
    );
    const account = await unit.em.findOneOrFail(ServiceAccount, { id }, { refresh: true });
    const subject = { type: 'service_account', id };
    unit.emit(serviceAccountDisabled, { caller, subject, userId: null, payload: { name: account.name } });
    return true;
  }

  private complete(wish: Omit<NewServiceAccount, 'roles'>): ServiceAccountWish {
    const own = [this.deps.audiences.own];
    const tokenTtlSeconds = DEFAULT_TOKEN_TTL_SECONDS;
    return { description: '', audiences: own, allowedAudiences: own, scopes: null, tokenTtlSeconds, ...wish };
  }

  /** What can be stored of a wish. Throws INVALID_INPUT, AUDIENCE_UNKNOWN or PERMISSION_UNKNOWN. */
  private async read<Wish extends Partial<ServiceAccountWish>>(wish: Wish): Promise<Wish> {
    const { name, audiences = [], allowedAudiences = [], scopes } = wish;
    await this.deps.audiences.assertRegistered([...audiences, ...allowedAudiences]);
    if (scopes?.some((each) => !this.deps.registry.has(each)) === true) {
      throw accessErrors.PERMISSION_UNKNOWN();
    }
    return name === undefined ? wish : { ...wish, name: parseLabel('name', name) };
  }

  private async writing<Answer>(work: (unit: Unit) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.deps.unitOfWork.run(work);
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) {
        throw serviceAccountErrors.SERVICE_ACCOUNT_NAME_TAKEN({ cause: error });
      }
      throw error;
    }
  }

  private async write(
    unit: Unit,
    caller: Caller,
    facts: ServiceAccountWish,
    roles: readonly string[],
  ): Promise<ServiceAccount> {
    const { principal } = caller;
    const row = unit.em.create(ServiceAccount, {
      id: newId(),
      ...facts,
      enabled: true,
      tokensNotBefore: null,
      widenedBySessionId: null,
      createdBySessionId: lineageOf(principal).createdBySessionId,
      createdByServiceAccountId: principal.kind === 'service_account' ? principal.id : null,
      createdAt: unit.now,
    });
    await unit.em.flush();
    const payload = { name: facts.name, audiences: [...facts.audiences], roles: [...roles] };
    const subject = { type: 'service_account', id: row.id };
    unit.emit(serviceAccountCreated, { caller, subject, userId: null, payload });
    return row;
  }
}

/** Whether the caller is the account, or comes with an API key of it. */
function isItself({ principal }: Caller, id: string): boolean {
  const self = principal.kind === 'api_key' ? principal.owner : principal;
  return self.kind === 'service_account' && self.id === id;
}

/** The names of what would be different; values are compared as they are stored. */
function changesOf(row: ServiceAccount, facts: Partial<ServiceAccountWish>): string[] {
  const before = new Map<string, unknown>(Object.entries(row));
  return Object.entries(facts).flatMap(([key, value]) =>
    isDeepStrictEqual(before.get(key), value) ? [] : [key],
  );
}
