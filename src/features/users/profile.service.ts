import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../kernel/caller.js';
import { errors } from '../../kernel/errors.js';
import type { PersonalFacts } from '../../kernel/event.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import { askingUser } from './asking-user.js';
import { HELD } from './held-user.js';
import { type Profile, type ProfileInput, readProfile } from './profile.policy.js';
import { flushNames } from './taken-names.js';
import { User } from './user.entity.js';
import type { UserService } from './user.service.js';
import { userUpdated } from './users.contract.js';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly users: UserService;
  readonly keyring: Keyring;
  readonly budgets: { readonly usernameChange: RateLimiter };
}

/** Lets people change what others see of them; what they may do is not among it. */
export class ProfileService {
  constructor(private readonly deps: Deps) {}

  /** What an account would hold that is only about to be opened. Throws INVALID_INPUT or USERNAME_INVALID. */
  read(input: ProfileInput): Partial<Profile> {
    return readProfile(input);
  }

  /** Throws INVALID_INPUT, USERNAME_INVALID, USERNAME_TAKEN or, after too many usernames a day, RATE_LIMITED. */
  async update(caller: Caller, input: ProfileInput): Promise<User> {
    const { id } = askingUser(caller);
    const wished = readProfile(input);
    await this.spendUsername(id, wished);
    return await this.deps.unitOfWork.run(async (unit) => {
      const own = { id, status: 'active' as const };
      const user = await unit.em.findOne(User, own, HELD);
      if (!user) throw errors.UNAUTHENTICATED();
      const { username: formerUsername } = user;
      const fields = changedFields(user, wished);
      if (fields.length === 0) return user;
      unit.em.assign(user, { ...wished, updatedAt: unit.now });
      await flushNames(unit.em);
      const names: PersonalFacts = fields.includes('username')
        ? { username: user.username, formerUsername }
        : {};
      unit.emit(userUpdated, {
        caller,
        subject: { type: 'user', id },
        userId: id,
        payload: { fields },
        personal: names,
      });
      return user;
    });
  }

  /** Each try tells whether a name is taken, so there are few. */
  private async spendUsername(id: string, { username }: Partial<Profile>): Promise<void> {
    if (username === undefined || username === null) return;
    const user = await this.deps.users.getById(id);
    if (user.username !== username)
      await this.deps.budgets.usernameChange.consume(keyedFingerprint(this.deps.keyring, 'budget', id));
  }
}

function changedFields(user: User, wished: Partial<Profile>): string[] {
  return Object.entries(wished)
    .filter(([field, value]) => !isDeepStrictEqual(Reflect.get(user, field), value))
    .map(([field]) => field);
}
