import type { Config } from '../platform/config/config.js';
import { NetworkBudget } from '../platform/network-budget.js';
import type { RateLimiters } from '../platform/rate-limiter.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** All networks of an IPv6 site together have so many times the budget of one. */
const NETWORKS_PER_SITE = 16;

/** Every budget of the product, each defined once. Keys with personal data are fingerprints. */
export function defineBudgets(limiters: RateLimiters, { rateLimits }: Pick<Config, 'rateLimits'>) {
  const budget = (name: string, points: number, windowSeconds: number) =>
    limiters.define({ name, points, windowSeconds });
  const perNetwork = (name: string, points: number, windowSeconds: number) =>
    new NetworkBudget(
      budget(name, points, windowSeconds),
      budget(`${name}-site`, points * NETWORKS_PER_SITE, windowSeconds),
    );
  return {
    /** Sign-ins per network, right or wrong. */
    login: perNetwork('login', rateLimits.loginsPerMinute, 60),
    /** Sign-ins per account from a device it is known on, once its network has spent the above. */
    knownDeviceLogin: budget('known-device-login', 10, 60),
    /** Sign-ups per network. */
    signUp: perNetwork('sign-up', rateLimits.signUpsPerHour, HOUR),
    /** Sign-ups per address, known or not: each writes a mail to it. */
    signUpAddress: budget('sign-up-address', 3, HOUR),
    /** Passwords to be measured, per network. */
    passwordStrength: perNetwork('password-strength', 120, 60),
    /** Requests for a mail with a link or code, per network, whatever it is for. */
    mailRequest: perNetwork('mail-request', rateLimits.mailRequestsPerHour, HOUR),
    /** Verification mails per address, known or not. */
    emailVerification: budget('email-verification', 3, HOUR),
    /** Codes out of mails that one network may try, right or wrong. */
    codeGuess: budget('code-guess', rateLimits.loginsPerMinute, 60),
    /** Guesses at the verification codes of one address, known or not, however many of them are asked for. */
    emailVerificationGuess: budget('email-verification-guess', 15, HOUR),
    /** Reset mails per address, known or not: one a minute … */
    passwordReset: budget('password-reset', 1, 60),
    /** … and so many an hour. */
    passwordResetHourly: budget('password-reset-hourly', 5, HOUR),
    /** Mails that sign in, per address, known or not. */
    loginLink: budget('login-link', 5, HOUR),
    /** Guesses at the codes of such mails at one address, known or not, however many of them are asked for. */
    loginCodeGuess: budget('login-code-guess', 15, HOUR),
    /** Answers to second factors per account, right or wrong, whatever they are given for. */
    secondFactor: budget('second-factor', 20, HOUR),
    /** Passkeys that one account may begin to register. */
    passkeyEnrolment: budget('passkey-enrolment', 60, HOUR),
    /** Challenges to sign in with a passkey, per network: pages that offer it ask for one as they open. */
    passkeyLogin: perNetwork('passkey-login', 120, 60),
    /** Codes for a second factor that are mailed to one account. */
    factorMail: budget('factor-mail', 10, HOUR),
    /** Actions that one account may ask a token for: each writes a row. */
    actionRequest: budget('action-request', 60, HOUR),
    /** Changes of address that one account may ask for. */
    emailChange: budget('email-change', 5, HOUR),
    /** Usernames that one account may try to take: each answer tells whether one is taken. */
    usernameChange: budget('username-change', 5, DAY),
    /** Access tokens that one service account may ask for. */
    tokenRequests: budget('token-requests', rateLimits.tokenRequestsPerMinute, 60),
    /** Wrong client secrets, per network; right ones are not counted. */
    clientFailures: perNetwork('client-failures', rateLimits.clientFailuresPerMinute, 60),
    /** Client secrets that one account may create, with new service accounts, beside others or in their place. */
    clientSecret: budget('client-secret', 60, HOUR),
    /** API keys that one account may create. */
    apiKey: budget('api-key', 20, HOUR),
    /** Tokens that one service account may ask about, at this process. */
    introspection: limiters.defineLocal({
      name: 'introspection',
      points: rateLimits.introspectionsPerMinute,
      windowSeconds: 60,
    }),
    /** Requests that gateways may ask about for one user or machine, at this process. */
    validation: limiters.defineLocal({
      name: 'validation',
      points: rateLimits.validationsPerMinute,
      windowSeconds: 60,
    }),
    /** Copies that people take of what is kept about them: each reads every table. */
    dataExport: budget('data-export', 10, HOUR),
    /** Looks that people take at what an erasure of theirs would do: each counts in every table. */
    erasurePlan: budget('erasure-plan', 10, HOUR),
  };
}
