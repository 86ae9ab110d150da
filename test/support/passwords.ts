import { expect } from 'vitest';
import { keyedFingerprint } from '../../src/platform/crypto/fingerprint.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import { lastMailTo, tokenIn } from './mails.js';

/** Another good one, of nobody else. */
export const NEW_PASSWORD = 'seven green bottles in a row';

export async function requestReset(client: Client, email: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
    { input: { email } },
  );
}

export async function resetStatus(client: Client, token: string): Promise<string> {
  const { data, code } = await client.send(
    'query ($input: PasswordResetStatusInput!) { passwordResetStatus(input: $input) { state } }',
    { input: { token } },
  );
  return data?.['passwordResetStatus']?.state ?? code;
}

export async function reset(client: Client, token: string, newPassword = NEW_PASSWORD): Promise<Answer> {
  return await client.send(
    'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { sessionsEnded } }',
    { input: { token, newPassword } },
  );
}

export async function changePassword(
  client: Client,
  currentPassword: string,
  newPassword = NEW_PASSWORD,
): Promise<Answer> {
  return await client.send(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { sessionsEnded } }',
    { input: { currentPassword, newPassword } },
  );
}

export async function setUserPassword(
  client: Client,
  userId: string,
  newPassword = NEW_PASSWORD,
): Promise<Answer> {
  return await client.send(
    'mutation ($input: SetUserPasswordInput!) { setUserPassword(input: $input) { sessionsEnded } }',
    { input: { userId, newPassword } },
  );
}

export async function activate(client: Client, token: string, newPassword = NEW_PASSWORD): Promise<Answer> {
  return await client.send(
    'mutation ($input: ActivateAccountInput!) { activateAccount(input: $input) { activated } }',
    { input: { token, newPassword } },
  );
}

/** Lets the address be written to again, however often it was in this hour. */
export async function forgetBudgets(
  { services: { budgets, keyring } }: TestApp,
  email: string,
): Promise<void> {
  const key = keyedFingerprint(keyring, 'e-mail address', email);
  const { signUpAddress, passwordReset, passwordResetHourly, emailVerification } = budgets;
  for (const budget of [signUpAddress, passwordReset, passwordResetHourly, emailVerification]) {
    await budget.reset(key);
  }
}

/** The token of a reset link just sent to the address, however many were sent before. */
export async function mailedReset(app: TestApp, email: string): Promise<string> {
  await forgetBudgets(app, email);
  expect((await requestReset(app.client(), email)).errors).toEqual([]);
  return tokenIn(await lastMailTo(app, email));
}

/** How many of the answers have each code; `none` for those that were not refused. */
export function tallyCodes(answers: readonly Answer[]): Record<string, number> {
  const codes = answers.map(({ code }) => code ?? 'none');
  return Object.fromEntries(
    [...new Set(codes)].map((code) => [code, codes.filter((c) => c === code).length]),
  );
}

/** What signing in with the password comes to. */
export async function signInCode(app: TestApp, email: string, password: string): Promise<string> {
  const { code, data } = await app.client().login({ email, password });
  return code ?? data?.['login'].__typename;
}
