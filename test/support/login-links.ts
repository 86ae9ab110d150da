import { expect } from 'vitest';
import { keyedFingerprint } from '../../src/platform/crypto/fingerprint.js';
import type { TestApp } from './app.js';
import { Browser } from './browser.js';
import type { Answer, Client } from './client.js';
import { generousLimits } from './email-flows.js';
import { codeIn, lastMailTo, tokenIn } from './mails.js';

/** A server where people may sign in by mail. */
export const loginLinksOn = { loginLinks: { enabled: true }, rateLimits: generousLimits } as const;

export async function requestLoginLink(
  client: Client,
  email: string,
  more: { readonly audience?: string } = {},
): Promise<Answer> {
  return await client.send(
    'mutation ($input: RequestLoginLinkInput!) { requestLoginLink(input: $input) { challengeId expiresAt } }',
    { input: { email, ...more } },
  );
}

export async function loginWithLink(client: Client, input: object): Promise<Answer> {
  const answer = await client.send(
    `mutation ($input: LoginWithLinkInput!) { loginWithLink(input: $input) { __typename
      ... on LoginSucceeded { csrfToken tokens { accessToken refreshToken } user { id email emailVerified } }
      ... on SecondFactorRequired { attemptToken } } }`,
    { input },
  );
  const result = answer.data?.['loginWithLink'];
  client.accessToken = result?.tokens?.accessToken ?? client.accessToken;
  client.refreshToken = result?.tokens?.refreshToken ?? client.refreshToken;
  return answer;
}

/** What it came to: a member of the result, or the code of the refusal. */
export async function loginWithLinkCode(client: Client, input: object): Promise<string> {
  const { code, data } = await loginWithLink(client, input);
  return code ?? data?.['loginWithLink'].__typename;
}

/** What a mail that signs in carries, and the browser that asked for it. */
export interface MailedLogin {
  readonly browser: Browser;
  readonly token: string;
  readonly code: string;
  readonly challengeId: string;
}

/** What such a mail offers, as input: its link, or its code. */
export const byLink = ({ token }: MailedLogin) => ({ token });
export const byCode = ({ challengeId, code }: MailedLogin) => ({ challengeId, code });

/** Asks for a mail in a browser, by default a new one, and reads it. */
export async function mailedLogin(
  app: TestApp,
  email: string,
  browser = new Browser(app.url),
): Promise<MailedLogin> {
  await forgetLoginLinks(app, email);
  const { data, errors } = await requestLoginLink(browser, email);
  expect(errors).toEqual([]);
  const mail = await lastMailTo(app, email);
  const { challengeId } = data?.['requestLoginLink'] ?? {};
  return { browser, token: tokenIn(mail), code: codeIn(mail), challengeId };
}

/** Another code than the right one. */
export function wrong(code: string): string {
  return code === '000000' ? '000001' : '000000';
}

/** Lets the address be written to again, however often it was in this hour. */
export async function forgetLoginLinks({ services }: TestApp, email: string): Promise<void> {
  await services.budgets.loginLink.reset(keyedFingerprint(services.keyring, 'e-mail address', email));
}
