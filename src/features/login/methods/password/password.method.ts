import { parseEmailAddress } from '../../../../kernel/email-address.js';
import { AuthError, errors } from '../../../../kernel/errors.js';
import { parseUsername } from '../../../../kernel/username.js';
import type { EventBus } from '../../../../platform/events/event-bus.js';
import type { AccountGuardService } from '../../../access/account-guard.service.js';
import type { EmailCodeEnrolmentService } from '../../../mfa/factors/email-code/email-code-enrolment.service.js';
import type { UserService } from '../../../users/user.service.js';
import { loginSucceeded } from '../../login.contract.js';
import { type Claim, claimOf, type LoginMethod, type Proof } from '../../login-method.js';
import type { PasswordService } from './password.service.js';

/** What a person types to sign in: one of the two names, and the password. */
export interface PasswordInput {
  readonly email: string | null;
  readonly username: string | null;
  readonly password: string;
}

interface Deps {
  readonly bus: EventBus;
  readonly users: UserService;
  readonly passwords: PasswordService;
  readonly accountGuard: AccountGuardService;
  readonly emailCodeEnrolments: EmailCodeEnrolmentService;
}

/** Sign-in with e-mail address or username, and password. */
export class PasswordMethod implements LoginMethod<PasswordInput> {
  readonly name = 'password';

  constructor(private readonly deps: Deps) {
    deps.accountGuard.countWhoSignInBy(async (em, userIds) => await deps.passwords.whoHasOne(em, userIds));
    deps.emailCodeEnrolments.countFirstProof(async (userId) => await deps.passwords.isOwnProof(userId));
    deps.bus.within(loginSucceeded, async ({ userId, payload }, unit) => {
      const { method, factor } = payload;
      const vouchedFor = method === this.name && factor !== null && factor !== 'email_code';
      if (vouchedFor && userId !== null) await deps.passwords.vouchWithin(unit, userId);
    });
  }

  /** Throws INVALID_INPUT unless exactly one name is given. An unreadable one is nobody's: sign-in never says more. */
  async identify({ email, username }: PasswordInput): Promise<Claim> {
    if ((email === null) === (username === null)) throw errors.INVALID_INPUT({ details: ONE_NAME });
    const login = email === null ? readBy(parseUsername, username ?? '') : readBy(parseEmailAddress, email);
    if (login === null) return claimOf(unreadable(email ?? username ?? ''), null);
    return claimOf(login, await this.deps.users.findByLogin(login));
  }

  /** @timing The same work whether there is such a user, and whether they have a password. */
  async prove({ user }: Claim, { password }: PasswordInput): Promise<Proof | null> {
    const verified = await this.deps.passwords.verify(user, password);
    const { right, credential, setByMail, hashAnew, stillHolds } = verified;
    if (!user || !right) return null;
    return {
      user,
      amr: ['pwd'],
      // A mailed link that sets a password must not make a second proof of the mailbox.
      rests: setByMail ? 'mailbox' : 'knowledge',
      multiFactor: false,
      stillHolds,
      ...(credential ? { credential } : {}),
      ...(hashAnew ? { afterwards: hashAnew } : {}),
    };
  }
}

const ONE_NAME = { reasons: ['Give either the email or the username.'] };

function readBy(parse: (text: string) => string, text: string): string | null {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof AuthError) return null;
    throw error;
  }
}

/** By characters: half of one would be no text, and refused by the database. Never the name of a user's counter. */
function unreadable(name: string): string {
  return [...name.normalize('NFKC').trim().toLowerCase()].slice(0, 300).join('').replaceAll(':', ' ');
}
