import type { DomainEvent } from '../../../kernel/event.js';
import { keyedFingerprint } from '../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../platform/crypto/keyring.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { EventBus } from '../../../platform/events/event-bus.js';
import { Challenge } from '../../challenges/challenge.entity.js';
import type { PlaceholderRequest } from '../../challenges/challenge.service.js';
import { User } from '../../users/user.entity.js';
import { userErrors, userUpdated } from '../../users/users.contract.js';

const PURPOSE = 'username_reservation';
const YEAR_SECONDS = 365 * 86_400;
/** Keeps these locks apart from those of others. */
const LOCK_CLASS = 7_205;

interface Deps {
  readonly em: EntityManager;
  readonly bus: EventBus;
  readonly keyring: Keyring;
}

/**
 * A username that was asked for in a sign-up is taken from then on, whatever became of the sign-up: were it free
 * again when the address had an account already, the next one to ask for it would learn that it had. Reserved names
 * are kept as fingerprints, and bind those who choose a name themselves; admins may give them away.
 */
export class UsernameReservationService {
  constructor(private readonly deps: Deps) {
    deps.bus.within(userUpdated, async (event, unit) => await this.judge(event, unit));
  }

  /** Throws USERNAME_TAKEN when the name is gone already; `claimWithin` has the last word. */
  async assertFree(username: string): Promise<void> {
    await this.assertFreeIn(this.deps.em.fork(), username);
  }

  /** The same, and nobody else takes the name until the unit ends. */
  async claimWithin({ em }: Unit, username: string): Promise<void> {
    await em.execute('select pg_advisory_xact_lock(?, hashtext(?))', [LOCK_CLASS, username]);
    await this.assertFreeIn(em, username);
  }

  /** The row by which a claimed name is nobody's and taken. */
  placeholderOf(username: string): PlaceholderRequest {
    return { purpose: PURPOSE, subject: this.subjectOf(username), ttlSeconds: 100 * YEAR_SECONDS };
  }

  /** Who takes a reserved name in their profile must not learn that it is not a user's. */
  private async judge({ payload, actor, subject }: DomainEvent, { em }: Unit): Promise<void> {
    const { fields } = payload;
    if (actor.id !== subject.id || !Array.isArray(fields) || !fields.includes('username')) return;
    const { username } = await em.findOneOrFail(User, { id: subject.id });
    if (username === null) return;
    // Not waited for: a sign-up that has the lock waits for this very row.
    const [lock]: { held: boolean }[] = await em.execute(
      'select pg_try_advisory_xact_lock(?, hashtext(?)) as held',
      [LOCK_CLASS, username],
    );
    if (!lock?.held || (await this.isReserved(em, username))) throw userErrors.USERNAME_TAKEN();
  }

  private async assertFreeIn(em: EntityManager, username: string): Promise<void> {
    const isTaken = (await em.count(User, { username })) > 0;
    if ((await this.isReserved(em, username)) || isTaken) throw userErrors.USERNAME_TAKEN();
  }

  private async isReserved(em: EntityManager, username: string): Promise<boolean> {
    const subjects = this.deps.keyring.keyIds.map((keyId) => this.subjectOf(username, keyId));
    return (await em.count(Challenge, { subject: { $in: subjects }, purpose: PURPOSE })) > 0;
  }

  private subjectOf(username: string, keyId?: string): string {
    return `reserved ${keyedFingerprint(this.deps.keyring, 'username', username, keyId)}`;
  }
}
