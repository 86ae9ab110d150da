import { parseEmailAddress } from '../../../../kernel/email-address.js';
import { AuthError } from '../../../../kernel/errors.js';
import type { UserService } from '../../../users/user.service.js';
import type { LoginMethod, Proof } from '../../login-method.js';
import type { PasswordService } from './password.service.js';

/** What a person types to sign in. */
export interface PasswordInput {
  readonly email: string;
  readonly password: string;
}

/** Sign-in with e-mail address and password. */
export class PasswordMethod implements LoginMethod<PasswordInput> {
  readonly name = 'password';

  constructor(private readonly deps: { readonly users: UserService; readonly passwords: PasswordService }) {}

  accountOf({ email }: PasswordInput): string {
    return addressOf(email) ?? cut(email.normalize('NFKC').trim().toLowerCase());
  }

  /** @timing The same work whether there is such a user, and whether they have a password. */
  async prove({ email, password }: PasswordInput): Promise<Proof | null> {
    const address = addressOf(email);
    const user = address === null ? null : await this.deps.users.findByEmail(address);
    const { right, outdated } = await this.deps.passwords.verify(user, password);
    if (!user || !right) return null;
    const afterwards = async (): Promise<void> => await this.deps.passwords.rehash(user, password);
    return { user, amr: ['pwd'], ...(outdated ? { afterwards } : {}) };
  }
}

/** By characters: half of one would be no text, and refused by the database. */
function cut(text: string): string {
  return [...text].slice(0, 300).join('');
}

/** An unreadable address is an unknown one: sign-in never says more. */
function addressOf(email: string): string | null {
  try {
    return parseEmailAddress(email);
  } catch (error) {
    if (error instanceof AuthError) return null;
    throw error;
  }
}
