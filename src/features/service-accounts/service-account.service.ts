import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller, ServiceAccountPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/cursor.js';
import { isId, newId } from '../../kernel/id.js';
import { lineageOf } from '../../kernel/lineage.js';
import { equalConstantTime, sha256Hex } from '../../platform/crypto/fingerprint.js';
import { randomToken } from '../../platform/crypto/random.js';
import type { EntityManager } from '../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import { accessErrors } from '../access/access.contract.js';
import type { AccessService } from '../access/access.service.js';
import type { AudienceService } from '../tokens/audience.service.js';
import { ClientSecret } from './client-secret.entity.js';
import { ServiceAccount } from './service-account.entity.js';
import {
  clientSecretCreated,
  serviceAccountCreated,
  serviceAccountDisabled,
  serviceAccountErrors,
} from './service-accounts.contract.js';

/** Lets secret scanners recognise a leaked secret. */
const SECRET_PREFIX = 'lks_';
const SECRET_SHAPE = /^lks_[A-Za-z0-9_-]{43}$/;

interface Client {
  readonly id: string;
  readonly name: string;
  readonly audiences: readonly string[];
  readonly secretHash: string;
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null;
}

const FIND_CLIENT = defineStatement<Client>(
  'service-account-find-client',
  `select a.id, a.name, a.audiences, c.secret_hash as "secretHash",
     extract(epoch from c.expires_at)::float8 * 1000 as "expiresAt"
   from client_secrets c join service_accounts a on a.id = c.service_account_id
   where a.id = $1::uuid and c.secret_hash = $2 and c.revoked_at is null and a.enabled`,
);

export interface NewServiceAccount {
  readonly name: string;
  readonly description: string;
  readonly audiences: readonly string[];
  readonly roles: readonly string[];
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly access: AccessService;
  readonly audiences: AudienceService;
}

/** Owns the machines: their accounts, their client secrets, and who they are when they present one. */
export class ServiceAccountService {
  private readonly clients: FeedCache<Client>;

  constructor(private readonly deps: Deps) {
    this.clients = new FeedCache({ feed: deps.feed, max: 5_000 });
    deps.feed.on(serviceAccountDisabled.name, ({ subjectId }) =>
      this.clients.dropWhere(({ id }) => id === subjectId),
    );
  }

  /** Creates an account with one client secret, which is shown only here. */
  async create(
    caller: Caller,
    account: NewServiceAccount,
  ): Promise<{ serviceAccount: ServiceAccount; clientSecret: string }> {
    await this.deps.audiences.assertRegistered(account.audiences);
    const clientSecret = SECRET_PREFIX + randomToken(32);
    try {
      const serviceAccount = await this.write(caller, account, sha256Hex(clientSecret));
      return { serviceAccount, clientSecret };
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) {
        throw serviceAccountErrors.SERVICE_ACCOUNT_NAME_TAKEN({ cause: error });
      }
      throw error;
    }
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

  /**
   * Disables an account: all its credentials are refused from then on. Again changes nothing. Throws SERVICE_ACCOUNT_NOT_FOUND, or
   * USER_TOO_POWERFUL for one that may do more than the caller.
   */
  async disable(caller: Caller, id: string): Promise<ServiceAccount> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const row = await this.holdWithin(unit, id);
      await this.assertMayManage(unit, caller, id);
      await this.disableWithin(unit, caller, id);
      return row;
    });
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
    const row = await unit.em.findOne(ServiceAccount, { id, enabled: true });
    if (!row) return false;
    row.enabled = false;
    const subject = { type: 'service_account', id };
    unit.emit(serviceAccountDisabled, { caller, subject, userId: null, payload: { name: row.name } });
    return true;
  }

  /** Who presents these credentials. Throws CLIENT_INVALID, the same for unknown, disabled and wrong. */
  async authenticate(clientId: string, clientSecret: string): Promise<ServiceAccountPrincipal> {
    if (!isId(clientId) || !SECRET_SHAPE.test(clientSecret)) throw serviceAccountErrors.CLIENT_INVALID();
    const secretHash = sha256Hex(clientSecret);
    const client = await this.clients.get(`${clientId}.${secretHash}`, async () => {
      const [row] = await this.deps.statements.run(FIND_CLIENT, [clientId, secretHash]);
      return row ?? null;
    });
    const expired = client?.expiresAt != null && client.expiresAt <= this.deps.clock.now().getTime();
    if (!client || expired || !sameHash(client.secretHash, secretHash))
      throw serviceAccountErrors.CLIENT_INVALID();
    const grants = await this.deps.access.grantsOf({ kind: 'service_account', id: client.id });
    return {
      kind: 'service_account',
      id: client.id,
      name: client.name,
      credentialIds: [client.id],
      expiresAt: null,
      audiences: client.audiences,
      ...grants,
    };
  }

  private async write(
    caller: Caller,
    account: NewServiceAccount,
    secretHash: string,
  ): Promise<ServiceAccount> {
    const { name, description, audiences, roles } = account;
    return await this.deps.unitOfWork.run(async (unit) => {
      const row = unit.em.create(ServiceAccount, {
        id: newId(),
        name,
        description,
        enabled: true,
        audiences: [...audiences],
        allowedAudiences: [this.deps.audiences.own],
        scopes: null,
        tokenTtlSeconds: 3600,
        tokensNotBefore: null,
        createdBySessionId: caller.principal.kind === 'user' ? caller.principal.sessionId : null,
        createdByServiceAccountId: caller.principal.kind === 'service_account' ? caller.principal.id : null,
        createdAt: unit.now,
      });
      await unit.em.flush();
      const secret = unit.em.create(ClientSecret, {
        id: newId(),
        serviceAccountId: row.id,
        secretHash,
        name: 'first',
        createdAt: unit.now,
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
        revokeReason: null,
        rotatedFromId: null,
        createdByUserId: caller.principal.kind === 'user' ? caller.principal.id : null,
        createdByServiceAccountId: caller.principal.kind === 'service_account' ? caller.principal.id : null,
        noticedDays: null,
        ...lineageOf(caller.principal),
      });
      const subject = { type: 'service_account', id: row.id };
      const payload = { name, audiences: [...audiences], roles: [...roles] };
      unit.emit(serviceAccountCreated, { caller, subject, userId: null, payload });
      unit.emit(clientSecretCreated, {
        caller,
        subject,
        userId: null,
        payload: { clientSecretId: secret.id },
      });
      for (const role of roles) {
        await this.deps.access.assign(unit, caller, { kind: 'service_account', id: row.id }, role);
      }
      return row;
    });
  }
}

function sameHash(a: string, b: string): boolean {
  return equalConstantTime(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
