import type { Caller } from '../../../../kernel/caller.js';
import { type Lineage, NO_LINEAGE } from '../../../../kernel/lineage.js';
import { parseEmailAddress } from '../../../../kernel/email-address.js';
import type { PasswordHasher } from '../../../../platform/crypto/password-hash.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { User } from '../../../users/user.entity.js';
import type { UserService } from '../../../users/user.service.js';
import type { BreachCheck } from './password.contract.js';
import { Password } from './password.entity.js';
import type { PasswordPolicyService } from './password-policy.service.js';

/** The id of no user: whoever is not there is looked up like everybody else. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A person and the password they chose. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly displayName: string | null;
}

/** A password that was found good enough, ready to be written. */
export interface PreparedPassword {
  readonly hash: string;
  readonly breachCheck: BreachCheck;
}

/** What was found of a password. */
export interface VerifiedPassword {
  readonly right: boolean;
  /** Whether whoever reads the mailbox set it: it proves no more than the mailbox does. */
  readonly setByMail: boolean;
  /** Which password it is, and where it comes from; null when there is none. */
  readonly credential: { readonly name: string; readonly lineage: Lineage } | null;
  /** Replaces a hash of another system or of other costs than today's; null when there is no need. */
  readonly hashAnew: (() => Promise<void>) | null;
  /** Whether it is still the one, asked within a unit that has locked the user. */
  stillHolds(unit: Unit): Promise<boolean>;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicyService;
}

/** Owns passwords: how an account gets one, and whether a given one is right. */
export class PasswordService {
  constructor(private readonly deps: Deps) {}

  /** Creates an account within the operator's trust: its address counts as verified. Throws EMAIL_TAKEN. */
  async createAccount(
    caller: Caller,
    account: NewAccount & { by: string },
    also: (unit: Unit, user: User) => Promise<void>,
  ): Promise<User> {
    const email = parseEmailAddress(account.email);
    const { hash } = await this.prepare(account.password, [email, account.displayName]);
    return await this.deps.unitOfWork.run(async (unit) => {
      const user = await this.deps.users.create(unit, caller, { ...account, email, emailVerified: true });
      this.setFirst(unit, user, hash);
      await also(unit, user);
      return user;
    });
  }

  /**
   * Judges a new password and hashes it; `context` is what it must not be made of. Throws PASSWORD_REFUSED,
   * PASSWORD_CHECK_UNAVAILABLE and SERVER_BUSY. Never inside a unit of work.
   */
  async prepare(password: string, context: readonly (string | null)[]): Promise<PreparedPassword> {
    const { breachCheck } = await this.deps.passwordPolicy.assertAcceptable(password, { context });
    return { hash: await this.deps.hasher.hash(password), breachCheck };
  }

  /** Gives a user without a password one, within `unit`. */
  setFirst(unit: Unit, { id: userId }: User, hash: string): void {
    unit.em.create(Password, { userId, hash, changedAt: unit.now, setByMail: false, ...NO_LINEAGE });
  }

  /** Leaves the user without a password, within `unit`: a mailed link sets the next one. */
  async forgetWithin(unit: Unit, { id: userId }: User): Promise<void> {
    await unit.em.nativeDelete(Password, { userId });
  }

  /** Whether the user has a password at all. */
  async isSet({ id: userId }: User): Promise<boolean> {
    return (await this.deps.em.fork().count(Password, { userId })) > 0;
  }

  /** Whether whoever reads the mailbox of the user set the password, and nothing else has vouched for them since. */
  async isSetByMail({ id: userId }: User): Promise<boolean> {
    return (await this.deps.em.fork().count(Password, { userId, setByMail: true })) > 0;
  }

  /** Whether the user has a password that proves more than that they read their mailbox. */
  async isOwnProof(userId: string): Promise<boolean> {
    return (await this.deps.em.fork().count(Password, { userId, setByMail: false })) > 0;
  }

  /** From now on the password is a proof of its own: whoever set it by mail has proved something else beside it. */
  async vouchWithin({ em }: Unit, userId: string): Promise<void> {
    await em.nativeUpdate(Password, { userId, setByMail: true }, { setByMail: false });
  }

  /** Which of these users have a password. */
  async whoHasOne(em: EntityManager, userIds: readonly string[]): Promise<string[]> {
    const passwords = await em.find(Password, { userId: { $in: [...userIds] } }, { fields: ['userId'] });
    return passwords.map(({ userId }) => userId);
  }

  /** Whether `password` is the user's. A user without one, or no user at all, costs the same. */
  async verify(user: User | null, password: string): Promise<VerifiedPassword> {
    const row = await this.deps.em.fork().findOne(Password, { userId: user?.id ?? NOBODY });
    if (!row) {
      const right = await this.deps.hasher.verifyDummy(password);
      return { right, credential: null, setByMail: false, hashAnew: null, stillHolds: async () => false };
    }
    const right = await this.deps.hasher.verify(row.hash, password);
    const isOutdated = right && this.deps.hasher.needsRehash(row.hash);
    const hashAnew = isOutdated ? async () => await this.rehash(row, password) : null;
    const { setByMail } = row;
    const credential = { name: `password:${traceIdOf(row)}`, lineage: lineageIn(row) };
    return {
      right,
      credential,
      setByMail,
      hashAnew,
      stillHolds: async (unit) => right && (await isStill(unit, row)),
    };
  }

  /** Only the hash that was tried: a password that was changed meanwhile must not come back. */
  private async rehash({ userId, hash: tried }: Password, password: string): Promise<void> {
    const hash = await this.deps.hasher.hash(password);
    await this.deps.unitOfWork.run(async ({ em }) => {
      await em.nativeUpdate(Password, { userId, hash: tried }, { hash });
    });
  }
}

/** What a password of the user must not be made of. */
export function contextOf({ email, username, displayName }: User): (string | null)[] {
  return [email, username, displayName];
}

/** What a password is traced by: its user, and when it became the one; another one is another credential. */
export function traceIdOf({ userId, changedAt }: Pick<Password, 'userId' | 'changedAt'>): string {
  return `${userId}:${changedAt.getTime()}`;
}

function lineageIn({ createdBySessionId, createdByAcr, createdByAmr }: Password): Lineage {
  return { createdBySessionId, createdByAcr, createdByAmr };
}

/** Hashing anew leaves the time of the change as it was. */
async function isStill({ em }: Unit, { userId, changedAt }: Password): Promise<boolean> {
  return (await em.count(Password, { userId, changedAt })) > 0;
}
