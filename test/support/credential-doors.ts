import { claimsOf, newPerson, newService, PASSWORD, type Person, type Service } from './accounts.js';
import { newApiKey } from './api-keys.js';
import type { TestApp } from './app.js';
import { Browser } from './browser.js';
import type { Answer } from './client.js';
import type { FakeClock } from './clock.js';
import { lastMailTo, tokenIn } from './mails.js';
import { requestReset, resetStatus } from './passwords.js';
import { attemptOf, challengeFactor, newGuarded } from './second-step.js';
import { basicOf, machineToken, post, requestToken } from './service-accounts.js';
import { actionToken, consumeActionToken, introspectAction } from './step-up.js';
import { TAKEN_OR_FAILED, tokenDoors } from './token-doors.js';

/** Where something can be shown: `taken`, or what it was refused with. */
export type Door = (shown: string) => Promise<string>;

/** Every kind of credential, genuine and good, and every door; those at the end use up what they take. */
export interface Collection {
  readonly credentials: Readonly<Record<string, string>>;
  readonly doors: Readonly<Record<string, Door>>;
}

interface Holders {
  readonly person: Person;
  readonly service: Service;
  readonly browser: Browser;
  /** Where a sign-in waits for its second step. */
  readonly waiting: Browser;
}

const ACTION = 'change_role';

/** One credential of each kind, and all doors that there are for them. */
export async function collectCredentials(app: TestApp, clock: FakeClock): Promise<Collection> {
  const service = await newService(await app.adminClient());
  const guarded = await newGuarded(app, clock);
  const waiting = new Browser(app.url);
  const attempt = await attemptOf(waiting, guarded);
  const person = await newPerson(app);
  const verification = tokenIn(await lastMailTo(app, person.email));
  const browser = new Browser(app.url);
  await browser.signIn({ email: person.email, password: PASSWORD });
  await requestReset(app.client(), person.email);
  const reset = tokenIn(await lastMailTo(app, person.email));
  const credentials = {
    'access token': person.client.accessToken ?? '',
    'access token of a machine': await machineToken(app.url, service),
    'API key': (await newApiKey(person.client)).secret,
    'refresh token': person.client.refreshToken ?? '',
    'client secret': service.clientSecret,
    'attempt token': attempt,
    'CSRF token': browser.csrfToken ?? '',
    'action token': await actionToken(person.client, { action: ACTION }),
    'reset link': reset,
    'verification link': verification,
    password: PASSWORD,
    'session id': claimsOf(person.client.accessToken).sid,
  };
  const holders = { person, service, browser, waiting };
  return { credentials, doors: { ...bearerDoors(app, holders), ...ownDoors(app, holders) } };
}

/** Where tokens are carried. */
function bearerDoors(app: TestApp, { service, person }: Holders): Record<string, Door> {
  const { validate, askViewer, connect } = tokenDoors(app, service.basic);
  const { sid } = claimsOf(person.client.accessToken);
  const asKey = (shown: string) => ({ 'x-api-key': shown });
  return {
    'GraphQL, as a Bearer token': async (shown) => verdict(await askViewer(shown)),
    'GraphQL, as X-API-Key': async (shown) =>
      verdictOf(await app.client().send('{ viewer { id } }', {}, asKey(shown))),
    '/auth/validate, as a Bearer token': async (shown) => verdict(await validate(shown)),
    '/auth/validate, as X-API-Key': async (shown) => {
      const { status } = await app.client().fetch('/auth/validate', { headers: asKey(shown) });
      return verdict(`${status} `);
    },
    '/auth/introspect': async (shown) => {
      const form = { token: shown, action: ACTION, session_id: sid };
      return verdict(JSON.stringify(await introspectAction(app.url, form, service.basic)));
    },
    websocket: async (shown) => verdict(await connect(shown)),
  };
}

/** Where one kind alone belongs. */
function ownDoors(app: TestApp, { person, service, browser, waiting }: Holders): Record<string, Door> {
  const input = async (mutation: string, fields: string, value: object): Promise<string> => {
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
    return verdictOf(await app.client().send(text, { input: value }));
  };
  const { clientId } = service;
  const { sid } = claimsOf(person.client.accessToken);
  const token = (shown: string) => ({ token: shown });
  const withPassword = (shown: string) => ({ token: shown, newPassword: 'another one, of some length' });
  return {
    '/oauth/token, by Basic': async (shown) =>
      verdict(`${(await requestToken(app.url, { basic: basicOf(clientId, shown) })).status} `),
    '/oauth/token, in the form': async (shown) => {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: shown };
      return verdict(`${(await post(app.url, '/oauth/token', form)).status} `);
    },
    'X-CSRF-Token': async (shown) => verdictOf(await withCsrf(browser, shown)),
    challengeSecondFactor: async (shown) =>
      verdictOf(await challengeFactor(waiting, { attemptToken: shown, kind: 'TOTP' })),
    passwordResetStatus: async (shown) => {
      const state = await resetStatus(app.client(), shown);
      return state === 'VALID' ? 'taken' : state;
    },
    refreshSession: async (shown) => verdictOf(await app.client().refresh(shown)),
    consumeActionToken: async (shown) => {
      const { audience } = app.services.config;
      const asked = { actionToken: shown, action: ACTION, audience, sessionId: sid };
      return verdictOf(await consumeActionToken(person.client, asked));
    },
    loginWithLink: async (shown) => await input('loginWithLink', '__typename', token(shown)),
    activateAccount: async (shown) => await input('activateAccount', 'activated', withPassword(shown)),
    confirmEmailChange: async (shown) => await input('confirmEmailChange', 'email', token(shown)),
    undoEmailChange: async (shown) => await input('undoEmailChange', 'email', token(shown)),
    verifyEmail: async (shown) => await input('verifyEmail', 'verified', token(shown)),
    resetPassword: async (shown) => await input('resetPassword', 'sessionsEnded', withPassword(shown)),
  };
}

async function withCsrf(browser: Browser, shown: string): Promise<Answer> {
  const kept = browser.csrfToken;
  browser.csrfToken = shown;
  try {
    return await browser.send('{ viewer { id } }');
  } finally {
    browser.csrfToken = kept;
  }
}

function verdictOf({ status, code }: Answer): string {
  return verdict(`${status} ${code ?? ''}`);
}

function verdict(outcome: string): string {
  if (/^5|INTERNAL/.test(outcome)) return `failed: ${outcome}`;
  return TAKEN_OR_FAILED.test(outcome) ? 'taken' : outcome;
}
