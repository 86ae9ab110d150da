import type { Caller } from '../../../kernel/caller.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import type { AccessService } from '../../access/access.service.js';
import type { TrustedDeviceService, UsedDevice } from '../../mfa/trusted-devices/trusted-device.service.js';
import { Session } from '../../sessions/session.entity.js';
import type { User } from '../../users/user.entity.js';
import { holdUser } from '../held-user.js';
import { passwordChanged } from '../methods/password/password.contract.js';

/** A sign-in that has just been completed. */
interface CompletedSignIn {
  readonly user: Pick<User, 'id'>;
  readonly sessionId: string;
  readonly deviceId: string;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly bus: EventBus;
  readonly access: AccessService;
  readonly trustedDevices: TrustedDeviceService;
}

/** Decides whose devices may be trusted: never those of somebody who may do more than manage their own account. */
export class DeviceTrustService {
  constructor(private readonly deps: Deps) {
    const { bus, trustedDevices } = deps;
    bus.within(
      passwordChanged,
      async ({ userId, actor }, unit) => await trustedDevices.revokeAllWithin(unit, userId, actor.sessionId),
    );
  }

  /**
   * Trusts the device of somebody who has just signed in by a second factor, by the id that this sign-in made known:
   * the one that the browser brought along may have been put there by somebody who keeps a copy.
   */
  async trust(caller: Caller, { user: { id: userId }, sessionId, deviceId }: CompletedSignIn): Promise<void> {
    await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      const session = await unit.em.findOne(Session, { id: sessionId, revokedAt: null });
      // A change of password, say, that came between them has ended the session, and trust with it.
      if (user?.status !== 'active' || session?.secondFactorAt == null) return;
      if (await this.isPrivileged(unit, userId)) return;
      const lineage = {
        createdBySessionId: session.id,
        createdByAcr: session.acr,
        createdByAmr: session.amr,
      };
      const device = { user, deviceId, label: session.deviceLabel, lineage };
      await this.deps.trustedDevices.trustWithin(unit, caller, device);
    });
  }

  /** The device on whose trust a session may be opened, within the unit that opens it and holds the user; notes the use. */
  async useWithin(unit: Unit, caller: Caller, userId: string): Promise<UsedDevice | null> {
    if (await this.isPrivileged(unit, userId)) return null;
    return await this.deps.trustedDevices.useWithin(unit, caller, userId);
  }

  private async isPrivileged(unit: Unit, userId: string): Promise<boolean> {
    return (await this.deps.access.permissionsWithin(unit, { kind: 'user', id: userId })).length > 0;
  }
}
