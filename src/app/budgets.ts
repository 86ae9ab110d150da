import type { Config } from '../platform/config/config.js';
import type { RateLimiters } from '../platform/rate-limiter.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Every budget of the product, each defined once. Keys with personal data are fingerprints. */
export function defineBudgets(limiters: RateLimiters, { rateLimits }: Pick<Config, 'rateLimits'>) {
  const budget = (name: string, points: number, windowSeconds: number) =>
    limiters.define({ name, points, windowSeconds });
  return {
    /** Sign-ins per network, right or wrong. */
    login: budget('login', rateLimits.loginsPerMinute, 60),
    /** Sign-ins per account from a device it is known on, once its network has spent the above. */
    knownDeviceLogin: budget('known-device-login', 10, 60),
    /** Sign-ups per network. */
    signUp: budget('sign-up', rateLimits.signUpsPerHour, HOUR),
    /** Sign-ups per address, known or not: each writes a mail to it. */
    signUpAddress: budget('sign-up-address', 3, HOUR),
    /** Passwords to be measured, per network. */
    passwordStrength: budget('password-strength', 120, 60),
    /** Requests for a mail with a link or code, per network, whatever it is for. */
    mailRequest: budget('mail-request', rateLimits.mailRequestsPerHour, HOUR),
    /** Verification mails per address, known or not. */
    emailVerification: budget('email-verification', 3, HOUR),
    /** Reset mails per address, known or not: one a minute … */
    passwordReset: budget('password-reset', 1, 60),
    /** … and so many an hour. */
    passwordResetHourly: budget('password-reset-hourly', 5, HOUR),
    /** Changes of address that one account may ask for. */
    emailChange: budget('email-change', 5, HOUR),
    /** Usernames that one account may try to take: each answer tells whether one is taken. */
    usernameChange: budget('username-change', 5, DAY),
    /** Copies that people take of what is kept about them: each reads every table. */
    dataExport: budget('data-export', 10, HOUR),
  };
}

export type Budgets = ReturnType<typeof defineBudgets>;
