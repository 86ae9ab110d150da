import { expect } from 'vitest';
import { claimsOf } from '../accounts.js';
import { newApiKey } from '../api-keys.js';
import type { TestApp } from '../app.js';
import { Browser } from '../browser.js';
import type { Client } from '../client.js';
import type { FakeClock } from '../clock.js';
import { addPasskey } from '../passkeys.js';
import { firstStep, newGuarded, signInGuarded } from '../second-step.js';
import { VirtualAuthenticator } from '../virtual-authenticator.js';

/** What belongs to one user and no other: the ids that strangers try. */
export interface Things {
  readonly userId: string;
  readonly email: string;
  /** A passkey of theirs, which is a second factor as well. */
  readonly passkeyId: string;
  readonly trustedDeviceId: string;
  /** The id of a live session. */
  session(): Promise<string>;
  /** The id of an API key. */
  readonly keyId: string;
  /** Nobody’s own: a service account with few rights. */
  readonly serviceAccountId: string;
  readonly clientSecretId: string;
  /** From now on there is another session: somebody may have ended this one. */
  renew(): void;
}

/** Somebody with one of everything, and a client of theirs whose proof is fresh. */
export async function newThings(
  app: TestApp,
  clock: FakeClock,
  machine: { readonly serviceAccountId: string; readonly clientSecretId: string },
): Promise<{ readonly things: Things; readonly owner: { readonly client: Client } }> {
  const owner = await newGuarded(app, clock);
  const client = owner.browser;
  await signInGuarded(owner, { trustDevice: true });
  const { factorId: passkeyId } = await addPasskey(client, new VirtualAuthenticator());
  const { data, errors } = await client.send('{ viewer { id user { trustedDevices { id } } } }');
  expect(errors).toEqual([]);
  const { id: userId, user } = data?.['viewer'] ?? {};
  const newSession = async (): Promise<string> => {
    // The device that is trusted: it is asked for no code.
    const device = new Browser(app.url);
    for (const [name, value] of client.cookies) device.cookies.set(name, value);
    const answer = await firstStep(device, owner);
    return claimsOf(answer.data?.['login'].tokens.accessToken).sid;
  };
  const { id: keyId } = await newApiKey(client);
  let live: Promise<string> | undefined;
  const ids = { userId, passkeyId, trustedDeviceId: user.trustedDevices[0].id };
  const things: Things = {
    ...ids,
    email: owner.email,
    session: async () => await (live ??= newSession()),
    keyId,
    ...machine,
    renew: () => {
      live = undefined;
    },
  };
  return { things, owner: { client } };
}
