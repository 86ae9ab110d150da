import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchChromium } from '../support/chromium.js';
import { fencedBlocks } from '../support/fenced-block.js';
import { chromiumPath, describeNeeding } from '../support/needs.js';

const [frontend = ''] = fencedBlocks('docs/guides/browser-sessions.md', 'js');

/** A site of its own that serves one page, and the frontend of the guide. */
class Site {
  api = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Site> {
    const server = createServer((request, response) => {
      const script = request.url === '/session.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ? frontend.replace('http://localhost:3000/graphql', site.api) : '<p>A page.</p>');
    });
    const site = new Site(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return site;
  }

  at(host: string): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

describeNeeding('Chromium', chromiumPath !== undefined)('a session in the cookies of Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let friend: Site;
  let stranger: Site;
  let email: string;

  beforeAll(async () => {
    [friend, stranger] = [await Site.start(), await Site.start()];
    const cors = { origins: [friend.at('localhost')], credentials: true };
    app = await startTestApp({ config: { cors } });
    // Another port of the same host is another origin, and the same site: cookies travel.
    for (const site of [friend, stranger]) site.api = `${app.url.replace('127.0.0.1', 'localhost')}/graphql`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([app?.close(), friend?.stop(), stranger?.stop()]);
  });
  beforeEach(async () => {
    email = newAddress();
    await app.client().signUp({ email, password: PASSWORD });
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(friend.at('localhost'));
  });
  afterEach(async () => await context.close());

  // As text: it runs in the page, whose globals this project does not know.
  const inPage = async (call: string, where = page): Promise<unknown> =>
    await where.evaluate(`import('/session.js').then(async (session) => session.${call})`);
  const signIn = async () => await inPage(`signIn(${JSON.stringify(email)}, ${JSON.stringify(PASSWORD)})`);
  const viewer = async (where = page) => await inPage(`graphql('{ viewer { email } }')`, where);
  const names = async () => (await context.cookies()).map(({ name }) => name).toSorted();
  const sessionsOf = async () =>
    await sql(
      app,
      'select s.id from sessions s join users u on u.id = s.user_id where u.email = ? and revoked_at is null',
      [email],
    );

  test('a listed page signs in, acts, refreshes and signs out, and no script sees a token', async () => {
    expect(await signIn()).toMatchObject({ __typename: 'LoginSucceeded', user: { email } });
    expect(await names()).toEqual([
      '__Host-latchkey_access',
      '__Host-latchkey_csrf',
      '__Host-latchkey_device',
      '__Host-latchkey_refresh',
    ]);
    expect(await page.evaluate('document.cookie')).toMatch(/^__Host-latchkey_csrf=[\w.-]+$/);
    expect(await viewer()).toEqual({ data: { viewer: { email } } });

    const before = await context.cookies();
    expect(await inPage('resume()')).toBe(true);
    const valueOf = (cookies: typeof before, role: string) =>
      cookies.find(({ name }) => name.endsWith(role))?.value;
    for (const role of ['access', 'refresh']) {
      expect(valueOf(await context.cookies(), role)).not.toBe(valueOf(before, role));
    }

    await inPage('signOut()');
    expect(await names()).toEqual(['__Host-latchkey_device']);
    expect(await sessionsOf()).toEqual([]);
    expect(await viewer()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('a page that was loaded anew goes on, and so does one whose access cookie has run out', async () => {
    await signIn();
    await page.reload();
    expect(await viewer()).toEqual({ data: { viewer: { email } } });
    await context.clearCookies({ name: '__Host-latchkey_access' });
    expect(await viewer()).toEqual({ data: { viewer: { email } } });
  });

  test('a socket that a listed page opens is the user’s, without any token', async () => {
    await signIn();
    const answer = await page.evaluate(`new Promise((resolve, reject) => {
      const socket = new WebSocket(${JSON.stringify(friend.api.replace('http', 'ws'))}, 'graphql-transport-ws');
      socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init' }));
      socket.onclose = ({ code }) => reject(new Error('closed with ' + code));
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        const payload = { query: '{ viewer { email } }' };
        if (message.type === 'connection_ack') socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
        if (message.type === 'next') resolve(message.payload);
      };
    })`);
    expect(answer).toEqual({ data: { viewer: { email } } });
  });

  // The same host, whose cookies the browser sends along, and another site, to which it sends none.
  test.each(['localhost', '127.0.0.1'])(
    'a page at another port of %s does nothing as the user',
    async (host) => {
      await signIn();
      const bystander = app.client();
      await bystander.login({ email, password: PASSWORD });
      const evil = await context.newPage();
      await evil.goto(stranger.at(host));
      const api = JSON.stringify(stranger.api);
      const change = JSON.stringify(
        JSON.stringify({ query: 'mutation { revokeOtherSessions { revokedCount } }' }),
      );

      await expect(viewer(evil)).rejects.toThrow('Failed to fetch');
      await expect(inPage('resume()', evil)).rejects.toThrow('Failed to fetch');
      await expect(inPage('signOut()', evil)).rejects.toThrow('Failed to fetch');
      await expect(inPage(`signIn('a@example.com', 'x')`, evil)).rejects.toThrow('Failed to fetch');
      // Requests that a browser sends without asking, whose answers the page cannot read.
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
        const headers = JSON.stringify({ 'content-type': type });
        await evil.evaluate(
          `fetch(${api}, { method: 'POST', mode: 'no-cors', credentials: 'include', headers: ${headers}, body: ${change} }).catch(() => {})`,
        );
      }
      const opened = await evil.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket(${api}.replace('http', 'ws'), 'graphql-transport-ws');
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    })`);
      expect(opened).toBe('refused');
      // A form, which takes the whole window along.
      await evil.evaluate(`{
      const form = Object.assign(document.createElement('form'), { method: 'post', enctype: 'text/plain', action: ${api} });
      form.append(Object.assign(document.createElement('input'), { name: ${change}, value: '' }));
      document.body.append(form);
      form.submit();
    }`);
      await evil.waitForURL(stranger.api);

      expect(await sessionsOf()).toHaveLength(2);
      expect((await bystander.send('{ viewer { email } }')).errors).toEqual([]);
      expect(await viewer()).toEqual({ data: { viewer: { email } } });
    },
  );
});
