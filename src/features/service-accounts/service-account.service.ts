import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { errors } from '../../kernel/errors.js';
import { isId, newId } from '../../kernel/id.js';
import { parseLabel } from '../../kernel/label.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import { lineageOf } from '../../kernel/lineage.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { accessErrors } from '../access/access.contract.js';
import type { AccessService } from '../access/access.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import { AUDIENCE_POWER, foreignAudiences, isNarrowed, mayChangeOfItself } from './audience-power.policy.js';
import { writeClientSecret } from './new-client-secret.js';
import { ServiceAccount } from './service-account.entity.js';
import { changesOf, endTokensWithin } from './service-account-changes.js';
import type { NewServiceAccount, ServiceAccountChange, ServiceAccountWish } from './service-account-wish.js';
import { isWider } from './service-account-width.policy.js';
import {
  serviceAccountCreated,
  serviceAccountDisabled,
  serviceAccountErrors,
  serviceAccountUpdated,
} from './service-accounts.contract.js';

const DEFAULT_TOKEN_TTL_SECONDS = 3600;

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly access: AccessService;
  readonly audiences: AudienceService;
  /** Every permission that there is. */
  readonly registry: ReadonlySet<string>;
  readonly keyring: Keyring;
  readonly budgets: { readonly clientSecret: RateLimiter };
}

/** Owns the machines: which there are, what their tokens may be, and whether their credentials are accepted. */
export class ServiceAccountService {
  constructor(private readonly deps: Deps) {}

  /**
   * Creates an account with one client secret, which is shown only here. Throws SERVICE_ACCOUNT_NAME_TAKEN,
   * AUDIENCE_UNKNOWN, AUDIENCE_TOO_WIDE, PERMISSION_UNKNOWN, ROLE_UNKNOWN, ROLE_TOO_WIDE or RATE_LIMITED.
   */
  async create(
    caller: Caller,
    { roles, ...wish }: NewServiceAccount,
  ): Promise<{ serviceAccount: ServiceAccount; clientSecret: string }> {
    const facts = await this.read(this.complete(wish));
    await this.spend(caller);
    return await this.writing(async (unit) => {
      await this.assertMayGive(unit, caller, facts.audiences);
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
   * Changes an account, from its next request on; when what its tokens may be is narrowed, all those of before end.
   * Enabled again, it has its secrets and keys back, and none of its tokens. Throws SERVICE_ACCOUNT_NOT_FOUND,
   * USER_TOO_POWERFUL for one that may do more than the caller, SERVICE_ACCOUNT_NAME_TAKEN, AUDIENCE_UNKNOWN or
   * PERMISSION_UNKNOWN; AUDIENCE_TOO_WIDE; FORBIDDEN for an account that would enable itself or change what it may do.
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
      if (isItself(caller, id) && !mayChangeOfItself(changed)) throw errors.FORBIDDEN();
      const given = (facts.audiences ?? []).filter((each) => !row.audiences.includes(each));
      await this.assertMayGive(unit, caller, given);
      if (isNarrowed(row, facts)) {
        await endTokensWithin(unit, id);
        changed.push('tokensNotBefore');
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
      const row = await this.holdAsCaller(unit, caller, id);
      await this.assertAsPowerful(unit, caller, id);
      await this.disableWithin(unit, caller, id);
      return row;
    });
  }

  /**
   * The account, locked until the unit ends, of one who may do all that it may. Throws SERVICE_ACCOUNT_NOT_FOUND or
   * USER_TOO_POWERFUL.
   */
  async holdManaged(unit: Unit, caller: Caller, id: string): Promise<ServiceAccount> {
    const row = await this.holdAsCaller(unit, caller, id);
    await this.assertMayManage(unit, caller, id);
    return row;
  }

  private async holdAsCaller(unit: Unit, { principal }: Caller, id: string): Promise<ServiceAccount> {
    // Of two machines that manage each other, each would wait for the other if they were held as they come.
    if (principal.kind === 'service_account' && principal.id < id) await this.holdWithin(unit, principal.id);
    return await this.holdWithin(unit, id);
  }

  /** The account, locked until the unit ends. Throws SERVICE_ACCOUNT_NOT_FOUND. */
  async holdWithin({ em }: Unit, id: string): Promise<ServiceAccount> {
    const held = isId(id)
      ? await em.findOne(ServiceAccount, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
      : null;
    if (!held) throw serviceAccountErrors.SERVICE_ACCOUNT_NOT_FOUND();
    return held;
  }

  /**
   * Throws USER_TOO_POWERFUL unless the caller may do all that the account may, and have the audiences that it owns:
   * whoever has a credential of it sees their tokens. Asked within a unit that holds the account.
   */
  async assertMayManage(unit: Unit, caller: Caller, id: string): Promise<void> {
    await this.assertAsPowerful(unit, caller, id);
    const { audiences } = await unit.em.findOneOrFail(ServiceAccount, { id });
    if (!(await this.mayOwn(unit, caller, audiences))) throw accessErrors.USER_TOO_POWERFUL();
  }

  /** Charges the caller for one more secret. Throws RATE_LIMITED. */
  async spend({ principal }: Caller): Promise<void> {
    if (principal.kind !== 'user' && principal.kind !== 'service_account') return;
    const { budgets, keyring } = this.deps;
    await budgets.clientSecret.consume(keyedFingerprint(keyring, 'budget', principal.id));
  }

  private async assertMayGive(unit: Unit, caller: Caller, audiences: readonly string[]): Promise<void> {
    if (!(await this.mayOwn(unit, caller, audiences))) throw serviceAccountErrors.AUDIENCE_TOO_WIDE();
  }

  /** Whether the caller decides who owns audiences, or is a machine that owns these. */
  private async mayOwn(unit: Unit, caller: Caller, audiences: readonly string[]): Promise<boolean> {
    const foreign = foreignAudiences(audiences, this.deps.audiences.own);
    if (foreign.length === 0) return true;
    const { principal } = caller;
    if (principal.kind === 'service_account') {
      const self = await unit.em.findOne(ServiceAccount, { id: principal.id });
      if (self && foreign.every((each) => self.audiences.includes(each))) return true;
    }
    return await this.deps.access.mayGive(unit, caller, [AUDIENCE_POWER]);
  }

  private async assertAsPowerful(unit: Unit, caller: Caller, id: string): Promise<void> {
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
    await endTokensWithin(unit, id);
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
