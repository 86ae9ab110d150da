import { personalPasswords } from './password-personal-data.js';
import { passwordChangedMail } from './password-changed.mail.js';
import { passwordChanged, passwordChangeRefused, passwordErrors } from './password.contract.js';
import { PasswordSchema } from './password.entity.js';
import { PasswordResolver } from './password.resolver.js';

/** What sign-in with a password adds to the login feature. */
export const passwordManifest = {
  entities: [PasswordSchema],
  resolvers: [PasswordResolver],
  errors: [passwordErrors],
  events: [passwordChanged, passwordChangeRefused],
  mails: [passwordChangedMail],
  personalData: [personalPasswords],
};
