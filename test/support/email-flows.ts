import { expect } from 'vitest';
import { newAddress, newPerson, type Person } from './accounts.js';
import type { TestApp, TestMail } from './app.js';
import type { Answer, Client } from './client.js';
import { codeIn, lastMailTo, tokenIn } from './mails.js';

/** Budgets that tests do not spend by accident. */
export const generousLimits = {
  loginsPerMinute: 100_000,
  signUpsPerHour: 100_000,
  mailRequestsPerHour: 100_000,
} as const;

/** What a mail carries back: a link's token, or a code that is good with the id that asking gave. */
export interface Mailed {
  readonly mail: TestMail;
  readonly token: string;
  readonly code: string;
  readonly challengeId: string;
}

/** What may be given back to an operation that takes either. */
export type ProofInput = { readonly token: string } | { readonly challengeId: string; readonly code: string };

export async function requestVerification(client: Client, email: string): Promise<Answer> {
  return await client.send(
    `mutation ($input: RequestEmailVerificationInput!) {
      requestEmailVerification(input: $input) { accepted challengeId } }`,
    { input: { email } },
  );
}

export async function verifyEmail(client: Client, input: object): Promise<Answer> {
  return await client.send(
    'mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { verified } }',
    {
      input,
    },
  );
}

export async function changeEmail(client: Client, newEmail: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { accepted challengeId } }',
    { input: { newEmail } },
  );
}

export async function confirmChange(client: Client, input: object): Promise<Answer> {
  return await client.send(
    'mutation ($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { email } }',
    { input },
  );
}

export async function undoChange(client: Client, token: string): Promise<Answer> {
  return await client.send(
    'mutation ($input: UndoEmailChangeInput!) { undoEmailChange(input: $input) { email } }',
    { input: { token } },
  );
}

export async function resetPassword(
  client: Client,
  input: { readonly token: string; readonly newPassword: string },
): Promise<Answer> {
  return await client.send(
    'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }',
    { input },
  );
}

/** Asks for a verification mail and reads it. */
export async function mailedVerification(app: TestApp, email: string): Promise<Mailed> {
  const { data, errors } = await requestVerification(app.client(), email);
  expect(errors).toEqual([]);
  return await read(app, email, data?.['requestEmailVerification'].challengeId);
}

/** Asks for another address and reads the mail to it. */
export async function mailedChange(app: TestApp, client: Client, newEmail: string): Promise<Mailed> {
  const { data, errors } = await changeEmail(client, newEmail);
  expect(errors).toEqual([]);
  return await read(app, newEmail, data?.['changeEmail'].challengeId);
}

/** Gives the account another address; the token is that of the link by which the former one takes it back. */
export async function moveTo(app: TestApp, client: Client, from: string, to = newAddress()) {
  const { token } = await mailedChange(app, client, to);
  expect((await confirmChange(app.client(), { token })).errors).toEqual([]);
  return { email: to, undo: tokenIn(await lastMailTo(app, from)) };
}

/** Somebody signed in whose address is proved. */
export async function newVerifiedPerson(app: TestApp): Promise<Person> {
  const person = await newPerson(app);
  const { token } = await mailedVerification(app, person.email);
  expect((await verifyEmail(app.client(), { token })).errors).toEqual([]);
  return person;
}

/** What the signed-in user reads of their address. */
export async function addressOf(client: Client): Promise<unknown> {
  const { data, code } = await client.send('{ viewer { user { email emailVerified } } }');
  return data?.['viewer']?.user ?? code;
}

async function read(app: TestApp, email: string, challengeId: string): Promise<Mailed> {
  const mail = await lastMailTo(app, email);
  return { mail, token: tokenIn(mail), code: codeIn(mail), challengeId };
}
