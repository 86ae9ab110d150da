import type { BuiltInRole } from '../features/access/built-in-roles.js';
import { systemCaller } from '../kernel/caller.js';
import { AuthError } from '../kernel/errors.js';
import { ConfigError } from '../platform/config/problem.js';
import { randomToken } from '../platform/crypto/random.js';
import type { Services } from './services.js';

/** An admin that was made, and the password to tell its owner when nobody chose one. */
export interface SeededAdmin {
  readonly email: string;
  readonly generatedPassword: string | null;
}

/**
 * Makes the system admin when nobody holds that role: from AUTH_SYSTEM_ADMIN_EMAIL and _PASSWORD, otherwise
 * with a random password that is told once. Null when there is one already, or no address to use.
 */
export async function seedSystemAdmin(services: Services): Promise<SeededAdmin | null> {
  const { access, config } = services;
  const { email, password } = config.systemAdmin;
  if (email === null || (await access.isHeldByAnyone('system_admin'))) return null;
  const generatedPassword = password ? null : randomToken(18);
  try {
    await createAdmin(services, email, password?.reveal() ?? generatedPassword ?? '');
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'EMAIL_TAKEN') throw error;
    // Another process was faster, or somebody has signed up with this very address.
    if (await access.isHeldByAnyone('system_admin')) return null;
    throw new ConfigError([
      {
        variable: 'AUTH_SYSTEM_ADMIN_EMAIL',
        sentence: 'belongs to an account that is no admin: name another address.',
      },
    ]);
  }
  return { email, generatedPassword };
}

/** Makes an account that holds the role of the system admin. Throws EMAIL_TAKEN and PASSWORD_REFUSED. */
export async function createAdmin(services: Services, email: string, password: string): Promise<void> {
  const caller = systemCaller('create-admin');
  const role = 'system_admin' satisfies BuiltInRole;
  await services.passwords.createAccount(
    caller,
    { email, password, displayName: null, by: 'system' },
    async (unit, { id }) => await services.access.assign(unit, caller, { kind: 'user', id }, role),
  );
}
