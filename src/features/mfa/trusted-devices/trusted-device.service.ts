import { type Caller, systemCaller } from '../../../kernel/caller.js';
import { addSeconds, type Clock } from '../../../kernel/clock.js';
import type { DomainEvent } from '../../../kernel/event.js';
import { isId, newId } from '../../../kernel/id.js';
import type { Lineage } from '../../../kernel/lineage.js';
import { keyedFingerprint } from '../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../platform/crypto/keyring.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { MailOutbox } from '../../../platform/mail/mail-outbox.js';
import type { User } from '../../users/user.entity.js';
import { emailChanged, userDeactivated, userDeleted } from '../../users/users.contract.js';
import { holdAccount } from '../held-user.js';
import { factorRemoved, recoveryCodesIssued } from '../mfa.contract.js';
import { deviceTrustedMail } from './device-trusted.mail.js';
import { TrustedDevice } from './trusted-device.entity.js';
import {
  deviceDistrusted,
  deviceTrusted,
  type DistrustedBy,
  trustedDeviceErrors,
} from './trusted-devices.contract.js';

/** An account that trusts another one distrusts the oldest: whoever collects them must not fill the table. */
const MAX_PER_ACCOUNT = 20;

/** A device that completed a sign-in by a second factor. */
export interface ProvedDevice {
  /** Held by the unit. */
  readonly user: User;
  /** The id that the sign-in made known; never one that the browser brought along. */
  readonly deviceId: string;
  readonly label: string;
  readonly lineage: Lineage;
}

/** A trusted device that has just spared somebody the second factor, and what it is traced to. */
export interface UsedDevice {
  readonly id: string;
  readonly lineage: Lineage;
}

/** Which devices are not trusted any more, and why. */
interface Distrust {
  readonly which: { readonly userId?: string; readonly ids?: readonly string[] };
  readonly by: DistrustedBy;
  /** The session that asks: it goes on, though it was opened on such a device. */
  readonly keptSessionId?: string | null;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly mails: MailOutbox;
  /** For how long a device is trusted; 0: never. */
  readonly trustedDeviceSeconds: number;
}

/**
 * Devices on which accounts are not asked for a second factor at sign-in. Being trusted proves nothing, and spares
 * nobody a step-up; whatever lets an intruder out of the account lets its devices go as well.
 */
export class TrustedDeviceService {
  constructor(private readonly deps: Deps) {
    const { bus } = deps;
    const forget = async ({ userId, actor }: DomainEvent, unit: Unit) =>
      await this.revokeAllWithin(unit, userId, actor.sessionId);
    // Undoing an intruder's work distrusts by name the devices that it trusted; the others are the owner's.
    bus.within(factorRemoved, async (event, unit) => {
      if (event.payload['by'] !== 'lineage') await forget(event, unit);
    });
    bus.within(recoveryCodesIssued, forget);
    bus.within(userDeactivated, forget);
    bus.within(userDeleted, forget);
    bus.within(emailChanged, async (event, unit) => {
      if (event.payload['by'] !== 'user') await forget(event, unit);
    });
  }

  /** Whether the account trusts the device that the caller's cookie names. */
  async isTrusted(caller: Caller, userId: string): Promise<boolean> {
    const which = this.whichOf(caller, userId, this.deps.clock.now());
    return which !== null && (await this.deps.em.fork().count(TrustedDevice, which)) > 0;
  }

  /**
   * As `isTrusted`, within a unit that holds the user and opens a session for it: notes the use. Answers which device it
   * is, and what it is traced to; null for one that is not trusted.
   */
  async useWithin(unit: Unit, caller: Caller, userId: string): Promise<UsedDevice | null> {
    const which = this.whichOf(caller, userId, unit.now);
    const device = which && (await unit.em.findOne(TrustedDevice, which));
    if (!device) return null;
    device.lastUsedAt = unit.now;
    const { id, createdBySessionId, createdByAcr, createdByAmr } = device;
    return { id, lineage: { createdBySessionId, createdByAcr, createdByAmr } };
  }

  /** Trusts the device from now on, and tells the owner. Whether the account may is the caller's to judge. */
  async trustWithin(unit: Unit, caller: Caller, device: ProvedDevice): Promise<void> {
    const { user, deviceId, label, lineage } = device;
    const { trustedDeviceSeconds } = this.deps;
    if (trustedDeviceSeconds === 0) return;
    const deviceHash = this.fingerprintOf(user.id, deviceId);
    await unit.em.nativeDelete(TrustedDevice, { userId: user.id, deviceHash });
    const expiresAt = addSeconds(unit.now, trustedDeviceSeconds);
    const created = unit.em.create(TrustedDevice, {
      id: newId(),
      userId: user.id,
      deviceHash,
      label,
      createdAt: unit.now,
      lastUsedAt: unit.now,
      expiresAt,
      ...lineage,
    });
    await unit.em.flush();
    const payload = { trustedDeviceId: created.id };
    unit.emit(deviceTrusted, { caller, subject: { type: 'user', id: user.id }, userId: user.id, payload });
    const values = { device: label, when: unit.now.toISOString(), until: expiresAt.toISOString() };
    const { id: userId, email: to, locale } = user;
    this.deps.mails.enqueue(unit, { definition: deviceTrustedMail, to, userId, locale, values });
    await this.dropOldest(unit, userId);
  }

  /** Those of many users that are still trusted, newest first, for loaders. */
  async listOfMany(userIds: readonly string[]): Promise<ReadonlyMap<string, TrustedDevice[]>> {
    const which = { userId: { $in: userIds.filter(isId) }, ...this.unexpired(this.deps.clock.now()) };
    const found = await this.deps.em.fork().find(TrustedDevice, which, { orderBy: { id: 'desc' } });
    return Map.groupBy(found, ({ userId }) => userId);
  }

  /** Has a device of the user asked again. Throws TRUSTED_DEVICE_NOT_FOUND. */
  async revoke(caller: Caller, userId: string, id: string): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      await holdAccount(unit, userId);
      const gone = await this.removeWithin(unit, caller, { which: { userId, ids: [id] }, by: 'user' });
      if (gone.length === 0) throw trustedDeviceErrors.TRUSTED_DEVICE_NOT_FOUND();
    });
  }

  /** No device of the account is trusted any more, within a unit that holds the user; `keptSessionId` asked for that. */
  async revokeAllWithin(
    unit: Unit,
    userId: string | null,
    keptSessionId: string | null = null,
  ): Promise<void> {
    if (userId === null) return;
    const caller = systemCaller('consequence');
    await this.removeWithin(unit, caller, { which: { userId }, by: 'account_change', keptSessionId });
  }

  /** Within a unit that holds the users. Answers the ids of those that were there. */
  async removeWithin(
    unit: Unit,
    caller: Caller,
    { which, by, keptSessionId = sessionIdOf(caller) }: Distrust,
  ): Promise<string[]> {
    const { userId, ids } = which;
    const found = await unit.em.find(TrustedDevice, {
      ...(userId === undefined ? {} : { userId }),
      ...(ids === undefined ? {} : { id: { $in: ids.filter(isId) } }),
    });
    await unit.em.nativeDelete(TrustedDevice, { id: { $in: found.map(({ id }) => id) } });
    for (const { id, userId: owner } of found) {
      const payload = { trustedDeviceId: id, by, keptSessionId };
      unit.emit(deviceDistrusted, { caller, subject: { type: 'user', id: owner }, userId: owner, payload });
    }
    return found.map(({ id }) => id);
  }

  /** Deletes what has expired; returns how many. */
  async purge(): Promise<number> {
    const expired = { expiresAt: { $lte: this.deps.clock.now() } };
    return await this.deps.em.fork().nativeDelete(TrustedDevice, expired);
  }

  private async dropOldest(unit: Unit, userId: string): Promise<void> {
    const rest = { orderBy: { createdAt: 'desc', id: 'desc' }, offset: MAX_PER_ACCOUNT } as const;
    const ids = (await unit.em.find(TrustedDevice, { userId }, rest)).map(({ id }) => id);
    if (ids.length === 0) return;
    await this.removeWithin(unit, systemCaller('consequence'), { which: { userId, ids }, by: 'limit' });
  }

  private whichOf({ deviceId }: Caller, userId: string, now: Date) {
    if (deviceId === null) return null;
    return { userId, deviceHash: this.fingerprintOf(userId, deviceId), ...this.unexpired(now) };
  }

  /** Also when the operator has shortened the time since. */
  private unexpired(now: Date) {
    const { trustedDeviceSeconds } = this.deps;
    return { expiresAt: { $gt: now }, createdAt: { $gt: addSeconds(now, -trustedDeviceSeconds) } };
  }

  private fingerprintOf(userId: string, deviceId: string): string {
    return keyedFingerprint(this.deps.keyring, 'trusted device', `${userId} ${deviceId}`);
  }
}

function sessionIdOf({ principal }: Caller): string | null {
  return principal.kind === 'user' ? principal.sessionId : null;
}
