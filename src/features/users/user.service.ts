import type { Caller } from '../../kernel/caller.js';
import { isId, newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { holdUser } from './held-user.js';
import { flushNames } from './taken-names.js';
import { User } from './user.entity.js';
import { userCreated, userErrors } from './users.contract.js';

/** A new account: the address is already in its one form (kernel/email-address.ts). */
export interface NewUser {
  readonly email: string;
  /** In its one form (kernel/username.ts). */
  readonly username?: string | null;
  readonly displayName: string | null;
  readonly locale?: string | null;
  readonly emailVerified: boolean;
  /** How the account came to be, for the audit trail: `sign_up`, `command_line` … */
  readonly by: string;
}

interface Deps {
  readonly em: EntityManager;
  /** Whether new accounts must have a second factor. */
  readonly settings: { readonly requiredForNewUsers: boolean };
}

/** Owns the people: who there is, and how they are found. It has never heard of passwords or sessions. */
export class UserService {
  constructor(private readonly deps: Deps) {}

  /** Creates the account within `unit`. Throws EMAIL_TAKEN or USERNAME_TAKEN when another transaction was first. */
  async create(unit: Unit, caller: Caller, account: NewUser): Promise<User> {
    const user = unit.em.create(User, {
      id: newId(),
      email: account.email,
      emailVerifiedAt: account.emailVerified ? unit.now : null,
      username: account.username ?? null,
      displayName: account.displayName,
      locale: account.locale ?? null,
      pictureUrl: null,
      metadata: {},
      factorKinds: [],
      secondFactorRequired: this.deps.settings.requiredForNewUsers,
      secondFactorDeadline: null,
      status: 'active',
      createdAt: unit.now,
      updatedAt: unit.now,
      deletedAt: null,
      formerEmail: null,
      formerUsername: null,
    });
    await flushNames(unit.em);
    unit.emit(userCreated, {
      caller,
      subject: { type: 'user', id: user.id },
      userId: user.id,
      payload: { by: account.by },
      personal: { email: user.email },
    });
    return user;
  }

  async findByEmail(email: string): Promise<User | null> {
    return await this.deps.em.fork().findOne(User, { email });
  }

  /** By the address or, where it holds no `@`, by the username; both in their one form. */
  async findByLogin(login: string): Promise<User | null> {
    return await this.deps.em
      .fork()
      .findOne(User, login.includes('@') ? { email: login } : { username: login });
  }

  async findById(id: string): Promise<User | null> {
    return isId(id) ? await this.deps.em.fork().findOne(User, { id }) : null;
  }

  async getById(id: string): Promise<User> {
    const user = await this.findById(id);
    if (!user) throw userErrors.USER_NOT_FOUND();
    return user;
  }

  /** The account, held until the transaction ends. Throws USER_NOT_FOUND, or USER_DELETED. */
  async holdWithin(unit: Unit, id: string): Promise<User> {
    const user = await holdUser(unit, id);
    if (user.status === 'deleted') throw userErrors.USER_DELETED();
    return user;
  }

  /** Many users by id, for loaders. */
  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, User>> {
    const users = await this.deps.em.fork().find(User, { id: { $in: [...ids] } });
    return new Map(users.map((user) => [user.id, user]));
  }
}
