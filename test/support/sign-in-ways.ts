import { expect } from 'vitest';
import { newAddress, PASSWORD } from './accounts.js';
import { newApiKey } from './api-keys.js';
import type { TestApp } from './app.js';
import { Browser } from './browser.js';
import type { Client } from './client.js';
import type { FakeClock } from './clock.js';
import { mailedVerification, resetPassword, verifyEmail } from './email-flows.js';
import { mailedLogin } from './login-links.js';
import { lastMailTo, tokenIn } from './mails.js';
import { addPasskey, loginOptions } from './passkeys.js';
import { RawSocket } from './raw-socket.js';
import { addTotp } from './second-factors.js';
import { VirtualAuthenticator } from './virtual-authenticator.js';

/** The states an account can be in when somebody wants in. */
export const STATES = [
  'nothing asked',
  'second factor required',
  'enrolment required',
  'locked',
  'unverified',
  'deactivated',
] as const;
export type State = (typeof STATES)[number];

/** Somebody with everything that one can sign in by, before the account comes into a state. */
export interface Entrant {
  readonly id: string;
  readonly email: string;
  /** A session that began by the password alone. */
  readonly client: Client;
  readonly authenticator: VirtualAuthenticator;
  readonly apiKey: string;
  /** A login link and its code, mailed before. */
  readonly mailed: Awaited<ReturnType<typeof mailedLogin>>;
  recoveryCodes: readonly string[];
}

/** Where it takes place: a server that asks for proved addresses. */
export interface Place {
  readonly app: TestApp;
  readonly admin: Client;
  readonly clock: FakeClock;
}

/** A way in: what it comes to, a member of `LoginResult` or the code of a refusal. */
type Way = (place: Place, entrant: Entrant) => Promise<string>;

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename
  ... on SecondFactorRequired { attemptToken } ... on LoginSucceeded { tokens { accessToken } } } }`;

/** Every way to come to act for an account. */
export const WAYS = {
  password: async ({ app }, { email }) => {
    return told(await new Browser(app.url).send(LOGIN, { input: { email, password: PASSWORD } }), 'login');
  },
  'password, into cookies': async ({ app }, { email }) => {
    const browser = new Browser(app.url);
    const input = { email, password: PASSWORD, transport: 'COOKIE' };
    const result = told(await browser.send(LOGIN, { input }), 'login');
    expect(browser.cookie('access') !== undefined, 'a cookie').toBe(result === 'LoginSucceeded');
    return result;
  },
  'password, over a websocket': async ({ app }, { email }) => {
    const socket = await RawSocket.open(app.url);
    const input = `{ email: ${JSON.stringify(email)}, password: ${JSON.stringify(PASSWORD)} }`;
    const { data, code } = await socket.operate(`mutation { login(input: ${input}) { __typename } }`);
    socket.close();
    const { __typename: member } = (data?.['login'] ?? {}) as { __typename?: string };
    return typeof code === 'string' ? code : (member ?? 'no answer');
  },
  passkey: async ({ app }, { authenticator }) => {
    const browser = new Browser(app.url);
    const credential = authenticator.get(await loginOptions(browser));
    const query =
      'mutation ($input: LoginWithPasskeyInput!) { loginWithPasskey(input: $input) { __typename } }';
    return told(await browser.send(query, { input: { credential } }), 'loginWithPasskey');
  },
  'a mailed link': async (_place, { mailed: { browser, token } }) => await byMail(browser, { token }),
  'a mailed code': async (_place, { mailed: { browser, challengeId, code } }) => {
    return await byMail(browser, { challengeId, code });
  },
  'password and a recovery code': async ({ app }, { email, recoveryCodes: [code = 'none'] }) => {
    const browser = new Browser(app.url);
    const first = await browser.send(LOGIN, { input: { email, password: PASSWORD } });
    const { attemptToken } = first.data?.['login'] ?? {};
    if (attemptToken === undefined) return told(first, 'login');
    const query =
      'mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) { __typename } }';
    return told(
      await browser.send(query, { input: { attemptToken, kind: 'RECOVERY_CODE', code } }),
      'verifySecondFactor',
    );
  },
  'a reset, and the new password': async ({ app }, { email }) => {
    const client = app.client();
    const ask = `mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { __typename } }`;
    expect((await client.send(ask, { input: { email } })).errors).toEqual([]);
    const mail = await lastMailTo(app, email);
    if (!mail.text.includes('/reset-password#')) return 'no mail';
    const newPassword = 'seven green lanterns by the sea';
    const reset = await resetPassword(client, { token: tokenIn(mail), newPassword });
    expect(JSON.stringify(reset.data)).not.toContain('oken');
    if (reset.code) return reset.code;
    return told(await new Browser(app.url).send(LOGIN, { input: { email, password: newPassword } }), 'login');
  },
  'an API key': async ({ app }, { apiKey }) => {
    const answer = await app.client().send('{ viewer { kind } }', {}, { 'x-api-key': apiKey });
    return answer.code ?? answer.data?.['viewer'].kind;
  },
  'a refresh token': async (_place, { client }) => {
    const answer = await client.refresh();
    return answer.code ?? 'tokens';
  },
} as const satisfies Record<string, Way>;
export type WayName = keyof typeof WAYS;

/** Somebody new, in a state. */
export async function newEntrant(place: Place, state: State, way: WayName): Promise<Entrant> {
  const { app } = place;
  const email = newAddress();
  const client = app.client();
  expect((await client.signUp({ email, password: PASSWORD })).errors).toEqual([]);
  const { token } = await mailedVerification(app, email);
  expect((await verifyEmail(client, { token })).errors).toEqual([]);
  await client.login({ email, password: PASSWORD });
  const { secret: apiKey } = await newApiKey(client);
  const authenticator = new VirtualAuthenticator();
  if (way === 'passkey') await addPasskey(client, authenticator);
  const mailed = await mailedLogin(app, email);
  const entrant: Entrant = {
    id: client.userId ?? '',
    email,
    client,
    authenticator,
    apiKey,
    mailed,
    recoveryCodes: [],
  };
  await BRING[state](place, entrant);
  return entrant;
}

/** What brings an account into a state. */
const BRING: Readonly<Record<State, (place: Place, entrant: Entrant) => Promise<void>>> = {
  'nothing asked': async () => {},
  'second factor required': async ({ app, clock }, entrant) => {
    const device = app.client();
    // Another session than the one whose refresh token is tried: that one has proved nothing but the password.
    await device.login({ email: entrant.email, password: PASSWORD });
    if (!device.accessToken) device.accessToken = entrant.client.accessToken;
    entrant.recoveryCodes = (await addTotp(device, { time: clock })).recoveryCodes;
  },
  'enrolment required': async ({ admin }, { id }) => {
    await asAdmin(admin, 'requireSecondFactor', 'RequireSecondFactorInput', { userId: id, required: true });
  },
  locked: async ({ app }, { email }) => {
    for (let guess = 0; guess < 5; guess += 1) {
      await app.client().login({ email, password: 'not the password of anybody' });
    }
  },
  unverified: async ({ admin }, { id }) => {
    await asAdmin(admin, 'updateUser', 'UpdateUserInput', { userId: id, emailVerified: false });
  },
  deactivated: async ({ admin }, { id }) => {
    await asAdmin(admin, 'deactivateUser', 'DeactivateUserInput', { userId: id });
  },
};

async function asAdmin(admin: Client, field: string, type: string, input: object): Promise<void> {
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
  expect((await admin.send(query, { input })).errors).toEqual([]);
}

async function byMail(browser: Browser, input: object): Promise<string> {
  const query = 'mutation ($input: LoginWithLinkInput!) { loginWithLink(input: $input) { __typename } }';
  return told(await browser.send(query, { input }), 'loginWithLink');
}

function told(answer: Awaited<ReturnType<Client['send']>>, field: string): string {
  return answer.code ?? answer.data?.[field].__typename;
}
