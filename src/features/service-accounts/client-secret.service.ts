import type { Caller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { isId } from '../../kernel/id.js';
import { parseLabel } from '../../kernel/label.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ClientSecret } from './client-secret.entity.js';
import { type NewClientSecret, writeClientSecret } from './new-client-secret.js';
import type { ServiceAccountService } from './service-account.service.js';
import {
  type ClientSecretEnd,
  clientSecretRevoked,
  clientSecretRotated,
  serviceAccountErrors,
} from './service-accounts.contract.js';

const DAY_SECONDS = 86_400;
/** How many of an account work at the same time. */
const MAX_LIVE = 10;

/** A secret that somebody wishes for an account. */
export interface ClientSecretWish {
  readonly serviceAccountId: string;
  readonly name: string;
  /** Null for one that does not expire. */
  readonly expiresInDays: number | null;
}

/** How a secret is to be replaced. */
export interface ClientSecretRotation {
  /** How long the old one goes on working beside the new one; none ends it at once. */
  readonly overlapSeconds: number;
  /** Of the new one; null for one that does not expire. */
  readonly expiresInDays: number | null;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly serviceAccounts: ServiceAccountService;
}

/** Owns client secrets: how they begin, which there are, how they end. One that ended never comes back. */
export class ClientSecretService {
  constructor(private readonly deps: Deps) {}

  /**
   * Another secret of an account, which is shown only here. Throws SERVICE_ACCOUNT_NOT_FOUND, USER_TOO_POWERFUL for an
   * account that may do more than the caller, CLIENT_SECRET_LIMIT, RATE_LIMITED and INVALID_INPUT.
   */
  async create(
    caller: Caller,
    { serviceAccountId, name, expiresInDays }: ClientSecretWish,
  ): Promise<NewClientSecret> {
    const label = parseLabel('name', name);
    await this.deps.serviceAccounts.spend(caller);
    return await this.deps.unitOfWork.run(async (unit) => {
      await this.holdAccount(unit, caller, serviceAccountId);
      await assertRoom(unit, serviceAccountId);
      const expiresAt = endOf(unit, expiresInDays);
      return writeClientSecret(unit, caller, {
        serviceAccountId,
        name: label,
        expiresAt,
        rotatedFromId: null,
      });
    });
  }

  /**
   * A new secret in the place of one that works and has not been replaced before; the old one ends after the overlap, if
   * not sooner. Throws CLIENT_SECRET_NOT_FOUND, CLIENT_SECRET_REPLACED, CLIENT_SECRET_LIMIT,
   * RATE_LIMITED and USER_TOO_POWERFUL.
   */
  async rotate(
    caller: Caller,
    clientSecretId: string,
    { overlapSeconds, expiresInDays }: ClientSecretRotation,
  ): Promise<NewClientSecret> {
    await this.deps.serviceAccounts.spend(caller);
    return await this.changing(caller, clientSecretId, async (unit, old) => {
      const { id, name, serviceAccountId } = old;
      if ((await unit.em.count(ClientSecret, { rotatedFromId: id })) > 0) {
        throw serviceAccountErrors.CLIENT_SECRET_REPLACED();
      }
      if (overlapSeconds === 0) await this.endWithin(unit, caller, [id], 'rotated');
      await assertRoom(unit, serviceAccountId);
      const expiresAt = endOf(unit, expiresInDays);
      const created = writeClientSecret(unit, caller, {
        serviceAccountId,
        name,
        expiresAt,
        rotatedFromId: id,
      });
      if (overlapSeconds > 0) {
        const overlapEnd = addSeconds(unit.now, overlapSeconds);
        const end = old.expiresAt !== null && old.expiresAt < overlapEnd ? old.expiresAt : overlapEnd;
        old.expiresAt = end;
        const payload = { serviceAccountId, replacedById: created.row.id, expiresAt: end.toISOString() };
        unit.emit(clientSecretRotated, {
          caller,
          subject: { type: 'client_secret', id },
          userId: null,
          payload,
        });
      }
      return created;
    });
  }

  /** Ends a secret, and the access tokens that it got. Throws CLIENT_SECRET_NOT_FOUND and USER_TOO_POWERFUL. */
  async revoke(caller: Caller, clientSecretId: string): Promise<void> {
    await this.changing(caller, clientSecretId, async (unit) => {
      await this.endWithin(unit, caller, [clientSecretId], 'revoked');
    });
  }

  /** Ends secrets; answers which: those that ended before stay as they are. */
  async endWithin(
    unit: Unit,
    caller: Caller,
    ids: readonly string[],
    reason: ClientSecretEnd,
  ): Promise<string[]> {
    if (ids.length === 0) return [];
    // The statement decides who ended which, so that two processes write one event for each.
    const ended: { id: string; service_account_id: string }[] = await unit.em.execute(
      `update client_secrets set revoked_at = ?, revoke_reason = ?
       where id = any(?::uuid[]) and revoked_at is null returning id, service_account_id`,
      [unit.now, reason, `{${ids.join(',')}}`],
    );
    for (const { id, service_account_id: serviceAccountId } of ended) {
      const subject = { type: 'client_secret', id };
      unit.emit(clientSecretRevoked, {
        caller,
        subject,
        userId: null,
        payload: { serviceAccountId, reason },
      });
    }
    return ended.map(({ id }) => id);
  }

  /** Those of many accounts that still work, newest first, for loaders. */
  async listOfMany(serviceAccountIds: readonly string[]): Promise<ReadonlyMap<string, ClientSecret[]>> {
    const found = await this.deps.em.fork().find(
      ClientSecret,
      { serviceAccountId: { $in: [...serviceAccountIds] }, ...alive(this.deps.clock.now()) },
      {
        orderBy: { id: 'desc' },
      },
    );
    return Map.groupBy(found, ({ serviceAccountId }) => serviceAccountId);
  }

  /** Runs `work` with a secret that still works, while nobody else changes its account. */
  private async changing<Answer>(
    caller: Caller,
    id: string,
    work: (unit: Unit, secret: ClientSecret) => Promise<Answer>,
  ): Promise<Answer> {
    const known = isId(id) ? await this.deps.em.fork().findOne(ClientSecret, { id }) : null;
    if (!known) throw serviceAccountErrors.CLIENT_SECRET_NOT_FOUND();
    return await this.deps.unitOfWork.run(async (unit) => {
      await this.holdAccount(unit, caller, known.serviceAccountId);
      const secret = await unit.em.findOne(ClientSecret, { id, ...alive(unit.now) });
      if (!secret) throw serviceAccountErrors.CLIENT_SECRET_NOT_FOUND();
      return await work(unit, secret);
    });
  }

  private async holdAccount(unit: Unit, caller: Caller, id: string): Promise<void> {
    await this.deps.serviceAccounts.holdManaged(unit, caller, id);
  }
}

/** Asked within a unit that holds the account. */
async function assertRoom({ em, now }: Unit, serviceAccountId: string): Promise<void> {
  const live = await em.count(ClientSecret, { serviceAccountId, ...alive(now) });
  if (live >= MAX_LIVE) throw serviceAccountErrors.CLIENT_SECRET_LIMIT();
}

function alive(now: Date) {
  return { revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] };
}

function endOf({ now }: Unit, expiresInDays: number | null): Date | null {
  return expiresInDays === null ? null : addSeconds(now, expiresInDays * DAY_SECONDS);
}
