import { expect } from 'vitest';
import type { Answer, Client } from './client.js';
import { totpCode } from './totp.js';

/** What tells the time to an app: the test's own clock, or the machine's. */
interface Time {
  now(): Date;
}

const machine: Time = { now: () => new Date() };

/** An authenticator app that an account has. */
export interface EnrolledTotp {
  readonly factorId: string;
  /** Base32. */
  readonly secret: string;
  /** Those of the account, if this was its first factor. */
  readonly recoveryCodes: readonly string[];
}

export async function enrolTotp(client: Client, input: object = {}): Promise<Answer> {
  return await client.send(
    'mutation ($input: EnrolTotpInput!) { enrolTotp(input: $input) { factorId secret uri qrSvg } }',
    { input: { name: 'My phone', ...input } },
  );
}

export async function confirmTotp(client: Client, input: object): Promise<Answer> {
  return await client.send(
    `mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) {
      factor { id kind name hint createdAt lastUsedAt createdBySessionId } recoveryCodes } }`,
    { input },
  );
}

/**
 * Adds an authenticator app to the account of a client that is signed in, or whose sign-in waits for it. The code of
 * this moment is used up by that: the next one is good half a minute later.
 */
export async function addTotp(
  client: Client,
  { time = machine, ...input }: { time?: Time; attemptToken?: string; name?: string } = {},
): Promise<EnrolledTotp> {
  const begun = await enrolTotp(client, input);
  expect(begun.errors).toEqual([]);
  const { factorId, secret } = begun.data?.['enrolTotp'] ?? {};
  const { attemptToken } = input;
  const code = totpCode(secret, time.now());
  const confirmed = await confirmTotp(client, { factorId, code, attemptToken });
  expect(confirmed.errors).toEqual([]);
  return { factorId, secret, recoveryCodes: confirmed.data?.['confirmTotp'].recoveryCodes ?? [] };
}

/** A code that was not used by the enrolment of this very half minute: that of the step after it, which is taken as well. */
export function nextCode({ secret }: EnrolledTotp, time: Time = machine): string {
  return totpCode(secret, new Date(time.now().getTime() + 30_000));
}
