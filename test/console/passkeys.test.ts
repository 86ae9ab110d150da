import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchChromium } from '../support/chromium.js';
import { generousLimits } from '../support/email-flows.js';
import { fencedBlocks } from '../support/fenced-block.js';
import { chromiumPath, describeNeeding } from '../support/needs.js';

const [session = ''] = fencedBlocks('docs/guides/browser-sessions.md', 'js');
const [passkeys = ''] = fencedBlocks('docs/guides/passkeys.md', 'js');

const LAPTOP = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

describeNeeding('Chromium', chromiumPath !== undefined)('passkeys in Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let site: Server;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  let cdp: CDPSession;
  let email: string;

  beforeAll(async () => {
    // The frontend of the guides, at an origin of its own.
    site = createServer((request, response) => {
      const api = app.url.replace('127.0.0.1', 'localhost');
      const scripts = new Map([
        ['/session.js', session.replace('http://localhost:3000', api)],
        ['/passkeys.js', passkeys],
      ]);
      const script = scripts.get(request.url ?? '');
      response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
      response.end(script ?? '<p>A page.</p>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    origin = `http://localhost:${(site.address() as AddressInfo).port}`;
    const config = {
      cors: { origins: [origin], credentials: true },
      passkeys: { rpId: 'localhost', origins: [origin], login: true },
      rateLimits: generousLimits,
    };
    app = await startTestApp({ config });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    site.closeAllConnections();
    site.close();
    await app?.close();
  });
  beforeEach(async () => {
    email = newAddress();
    await app.client().signUp({ email, password: PASSWORD });
    context = await browser.newContext();
    page = await context.newPage();
    cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await page.goto(origin);
  });
  afterEach(async () => await context.close());

  // As text: it runs in the page, whose globals this project does not know.
  const call = async (script: 'session' | 'passkeys', text: string): Promise<unknown> =>
    await page.evaluate(
      `import('/${script}.js').then((module) => module.${text}).catch((error) => typeof error.code === 'string' ? error.code : error.name)`,
    );
  const authenticate = async (traits: object = {}): Promise<string> => {
    const options = { ...LAPTOP, ...traits };
    return (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId;
  };
  const signIn = async () =>
    await call('session', `signIn(${JSON.stringify(email)}, ${JSON.stringify(PASSWORD)})`);
  const beginSecondStep = async (): Promise<string> => {
    const query = `mutation ($input: LoginInput!) { login(input: $input) {
      ... on SecondFactorRequired { attemptToken factors { kind name } } } }`;
    const variables = { input: { email, password: PASSWORD, transport: 'COOKIE' } };
    const answer = await call('session', `graphql(${JSON.stringify(query)}, ${JSON.stringify(variables)})`);
    expect(answer).toMatchObject({ data: { login: { attemptToken: expect.any(String) } } });
    return (answer as { data: { login: { attemptToken: string } } }).data.login.attemptToken;
  };
  const graphql = async (text: string) => await call('session', `graphql(${JSON.stringify(text)})`);
  const listed = async () => await graphql('{ viewer { user { secondFactors { id kind name } } } }');
  const SIGNED_IN = () => ({ __typename: 'LoginSucceeded', user: { email } });

  test('somebody registers one, signs in with it alone, names it and takes it away', async () => {
    const authenticatorId = await authenticate();
    await signIn();
    const added = await call('passkeys', `addPasskey('Laptop')`);
    expect(added).toMatchObject({ factor: { name: 'Laptop' }, recoveryCodes: expect.any(Array) });
    const { id } = (added as { factor: { id: string } }).factor;
    // Its authenticator can find it without a name, and has no address in it.
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
    expect(Buffer.from(credentials[0]?.userHandle ?? '', 'base64')).toHaveLength(16);

    await call('session', 'signOut()');
    expect(await call('passkeys', 'signInWithPasskey()')).toEqual(SIGNED_IN());
    expect(await graphql('{ viewer { email assurance { acr amr } } }')).toMatchObject({
      data: { viewer: { email, assurance: { acr: 'aal2', amr: ['hwk', 'user', 'mfa'] } } },
    });

    const renaming = `mutation { renamePasskey(input: { factorId: "${id}", name: "Blue laptop" }) { factor { name } } }`;
    expect(await graphql(renaming)).not.toHaveProperty('errors');
    const passkey = { id, kind: 'PASSKEY', name: 'Blue laptop' };
    expect(await listed()).toMatchObject({
      data: { viewer: { user: { secondFactors: expect.arrayContaining([passkey]) } } },
    });
    const removal = `mutation { removeSecondFactor(input: { factorId: "${id}" }) { __typename } }`;
    expect(await graphql(removal)).not.toHaveProperty('errors');
    expect(await listed()).toMatchObject({ data: { viewer: { user: { secondFactors: [] } } } });

    await call('session', 'signOut()');
    expect(await call('passkeys', 'signInWithPasskey()')).toBe('INVALID_CREDENTIALS');
    expect(await signIn()).toMatchObject(SIGNED_IN());
  });

  test('after the password it is the second factor, and the same authenticator holds no two of one account', async () => {
    await authenticate();
    await signIn();
    await call('passkeys', `addPasskey('Laptop')`);
    expect(await call('passkeys', `addPasskey('Laptop again')`)).toBe('InvalidStateError');
    await call('session', 'signOut()');
    const attemptToken = await beginSecondStep();
    expect(await graphql('{ viewer { email } }')).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await call('passkeys', `answerWithPasskey('${attemptToken}')`)).toEqual(SIGNED_IN());
    expect(await graphql('{ viewer { assurance { acr amr } } }')).toMatchObject({
      data: { viewer: { assurance: { acr: 'aal2', amr: ['pwd', 'hwk', 'user', 'mfa'] } } },
    });
  });

  test('a security key without a PIN is a second factor', async () => {
    const traits = {
      transport: 'usb',
      hasResidentKey: false,
      hasUserVerification: false,
      isUserVerified: false,
    };
    await authenticate(traits);
    await signIn();
    expect(await call('passkeys', `addPasskey('Key')`)).toMatchObject({ factor: { name: 'Key' } });
    await call('session', 'signOut()');
    const attemptToken = await beginSecondStep();
    expect(await call('passkeys', `answerWithPasskey('${attemptToken}')`)).toEqual(SIGNED_IN());
  });

  test('a page at an origin that nobody listed gets no answer that counts', async () => {
    await authenticate();
    await signIn();
    await call('passkeys', `addPasskey('Laptop')`);
    // The browser lets it ask, as all ports of a host share one domain: the server is what refuses.
    const options = await app.client().send('mutation { requestPasskeyLogin { publicKey } }');
    const elsewhere = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<p>Another page.</p>');
    });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    await page.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}`);
    const publicKey = JSON.stringify(options.data?.['requestPasskeyLogin'].publicKey);
    const credential = await page.evaluate(`navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${publicKey}) }).then((made) => made.toJSON())`);
    const answer = await app
      .client()
      .send('mutation ($input: LoginWithPasskeyInput!) { loginWithPasskey(input: $input) { __typename } }', {
        input: { credential },
      });
    expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
});
