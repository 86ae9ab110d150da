import { isDeepStrictEqual } from 'node:util';
import { actsFor, type Caller } from '../../kernel/caller.js';
import { maskEmailAddress, parseEmailAddress } from '../../kernel/email-address.js';
import type { PersonalFacts } from '../../kernel/event.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../platform/mail/mail-outbox.js';
import type { LockedUsersService } from '../lockout/locked-users.service.js';
import { lockoutCleared } from '../lockout/lockout.contract.js';
import { emailChangedByAdminMail } from './email-changed-by-admin.mail.js';
import { holdUser } from './held-user.js';
import { type ProfileInput, readProfile } from './profile.policy.js';
import { flushNames } from './taken-names.js';
import type { User } from './user.entity.js';
import type { UserService } from './user.service.js';
import { emailChanged, userErrors, userUpdated } from './users.contract.js';

/** An account that an admin opens for somebody else, who is mailed a link to set a password. */
export interface InvitedUser extends Pick<ProfileInput, 'username' | 'displayName' | 'locale'> {
  readonly email: string;
  /** Names of roles that it gets at once. */
  readonly roles?: readonly string[] | null;
}

/** What an admin changes of an account; what is absent stays. */
export interface UserChanges extends ProfileInput {
  readonly email?: string | null;
  /** Whether the address counts as the owner's; a new one does not unless this says so. */
  readonly emailVerified?: boolean | null;
}

type GiveRole = (unit: Unit, caller: Caller, userId: string, role: string) => Promise<void>;

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly lockedUsers: LockedUsersService;
  readonly mails: MailOutbox;
}

/**
 * What admins do with the facts of other people's accounts. Whether this admin may do it with this account is judged
 * by those who hang on the events, in the same transaction.
 */
export class UserAdminService {
  private giveRole: GiveRole | undefined;

  constructor(private readonly deps: Deps) {}

  /** Lets the owner of roles give them to new accounts. */
  giveRolesWith(giveRole: GiveRole): void {
    this.giveRole = giveRole;
  }

  /** Throws EMAIL_INVALID, USERNAME_INVALID, INVALID_INPUT, EMAIL_TAKEN, USERNAME_TAKEN, and as the roles do. */
  async create(caller: Caller, { email: address, roles, ...input }: InvitedUser): Promise<User> {
    const email = parseEmailAddress(address);
    const { username = null, displayName = null, locale = null } = readProfile(input);
    return await this.deps.unitOfWork.run(async (unit) => {
      const account = { email, username, displayName, locale, emailVerified: false, by: 'admin' };
      const user = await this.deps.users.create(unit, caller, account);
      for (const role of new Set(roles)) await this.giveRole?.(unit, caller, user.id, role);
      return user;
    });
  }

  /** Throws USER_NOT_FOUND, USER_DELETED, EMAIL_IS_OWN, and for the facts what `create` throws. */
  async update(
    caller: Caller,
    userId: string,
    { email, emailVerified, ...input }: UserChanges,
  ): Promise<User> {
    assertNotOwn(caller, userId, { email, emailVerified });
    const profile = readProfile(input);
    const address = typeof email === 'string' ? parseEmailAddress(email) : undefined;
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      if (user.status === 'deleted') throw userErrors.USER_DELETED();
      const before = { ...user };
      const moved = address !== undefined && address !== user.email;
      const verified = emailVerified ?? (moved ? false : user.emailVerifiedAt !== null);
      unit.em.assign(user, { ...profile, ...(moved ? { email: address } : {}) });
      if (moved || !verified) user.emailVerifiedAt = null;
      if (verified) user.emailVerifiedAt ??= unit.now;
      await this.announce(unit, caller, user, before);
      return user;
    });
  }

  /** Lets the next sign-in be judged, however many failed before. Throws USER_NOT_FOUND. */
  async unlock(caller: Caller, userId: string): Promise<User> {
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await holdUser(unit, userId);
      await this.deps.lockedUsers.unlockWithin(unit, user.id);
      unit.emit(lockoutCleared, {
        caller,
        subject: { type: 'user', id: user.id },
        userId: user.id,
        payload: {},
      });
      return user;
    });
  }

  /** Without a link: what an admin did, an admin takes back. */
  private tellFormerAddress(unit: Unit, { id: userId, email, locale }: User, to: string): void {
    const values = { newEmail: maskEmailAddress(email) };
    this.deps.mails.enqueue(unit, { definition: emailChangedByAdminMail, to, userId, locale, values });
  }

  private async announce(unit: Unit, caller: Caller, user: User, before: User): Promise<void> {
    const moved = before.email !== user.email;
    const fields = FACTS.filter((fact) => !isDeepStrictEqual(before[fact], user[fact])) as string[];
    const wasVerified = !moved && before.emailVerifiedAt !== null;
    if ((user.emailVerifiedAt !== null) !== wasVerified) fields.push('emailVerified');
    if (!moved && fields.length === 0) return;
    user.updatedAt = unit.now;
    await flushNames(unit.em);
    const about = { caller, subject: { type: 'user', id: user.id }, userId: user.id };
    if (moved) {
      const personal = { email: user.email, formerEmail: before.email };
      unit.emit(emailChanged, { ...about, payload: { by: 'admin' }, personal });
      this.tellFormerAddress(unit, user, before.email);
    }
    const personal: PersonalFacts = fields.includes('username')
      ? { username: user.username, formerUsername: before.username }
      : {};
    if (fields.length > 0) unit.emit(userUpdated, { ...about, payload: { fields }, personal });
  }
}

/** Whoever has got hold of a session must not take the account by it: their own address people prove by mail. */
function assertNotOwn({ principal }: Caller, userId: string, { email, emailVerified }: UserChanges): void {
  if (actsFor(principal, userId) && (email ?? emailVerified ?? null) !== null)
    throw userErrors.EMAIL_IS_OWN();
}

/** What `user.updated` names when it changes. */
const FACTS = [
  'username',
  'displayName',
  'locale',
  'pictureUrl',
  'metadata',
] as const satisfies (keyof User)[];
