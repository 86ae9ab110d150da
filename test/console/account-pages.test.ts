import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountTasks } from '../../src/http/account-pages.route.js';
import { createLogger } from '../../src/platform/logger.js';
import { newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchChromium, watch } from '../support/chromium.js';
import {
  addressOf,
  generousLimits,
  mailedChange,
  mailedVerification,
  moveTo,
  newVerifiedPerson,
} from '../support/email-flows.js';
import { freePort } from '../support/free-port.js';
import { lastMailTo } from '../support/mails.js';
import { chromiumPath, describeNeeding } from '../support/needs.js';

const PRODUCT = 'Käse & <b>Co</b>';

/** The link of a mail, as somebody would click on it. */
function linkIn({ text }: { readonly text: string }): string {
  const [link = ''] = /https?:\S+#token=\S+/.exec(text) ?? [];
  expect(link).not.toBe('');
  return link;
}

describeNeeding('Chromium', chromiumPath !== undefined)('the pages that links in mails open', () => {
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: () => Promise<string[]>;
  let log = '';
  /** Address and headers of every request that reached the server. */
  let received: string[];

  beforeAll(async () => {
    const port = await freePort();
    app = await startTestApp({
      logger: createLogger({ level: 'trace' }, { write: (line) => void (log += line) }),
      config: {
        rateLimits: generousLimits,
        server: { port },
        mailLook: {
          accountUrl: `http://127.0.0.1:${port}/account`,
          productName: PRODUCT,
          color: '#0b7a4b',
        },
      },
    });
    app.server.server.on('request', ({ url, headers }: { url: string; headers: object }) =>
      received.push(`${url} ${JSON.stringify(headers)}`),
    );
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });
  beforeEach(async () => {
    received = [];
    await open({});
  });
  afterEach(async () => {
    expect(await complaints()).toEqual([]);
    await context.close();
  });

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
    await context?.close();
    context = await browser.newContext({ locale: 'en-US', ...options });
    page = await context.newPage();
    complaints = await watch(page, app.url);
  }

  const button = (name: string) => page.getByRole('button', { name });
  const heading = (name: string) => page.getByRole('heading', { name });

  async function verificationLink() {
    const person = await newPerson(app);
    const { mail, token } = await mailedVerification(app, person.email);
    return { ...person, link: linkIn(mail), token };
  }

  test('a link proves the address when its button is clicked, and not by being followed or rendered', async () => {
    const { client, email, link } = await verificationLink();
    for (let n = 0; n < 10; n += 1) {
      for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
    }
    for (let n = 0; n < 3; n += 1) {
      await page.goto('about:blank');
      await page.goto(link);
      await button('Confirm email address').waitFor();
    }
    expect(await addressOf(client)).toEqual({ email, emailVerified: false });
    await button('Confirm email address').click();
    await heading('Thank you').waitFor();
    expect(await addressOf(client)).toEqual({ email, emailVerified: true });
  });

  test('the token is nowhere but in the body of the one request that the click sends', async () => {
    const { link, token } = await verificationLink();
    const bodies: (string | null)[] = [];
    page.on('request', (request) => bodies.push(request.postData()));
    await page.goto(link);
    await button('Confirm email address').waitFor();
    expect(page.url()).toBe(link.split('#')[0]);
    await page.reload();
    await heading('This link is not complete').waitFor();
    await page.goto(link);
    // However impatient somebody is.
    await button('Confirm email address').dblclick();
    await heading('Thank you').waitFor();
    expect(bodies.filter((body) => body?.includes(token))).toHaveLength(1);
    expect(received.length).toBeGreaterThan(4);
    expect(received.join('\n')).not.toContain(token);
    expect(received.join('\n')).not.toContain('referer');
    expect(log).not.toContain(token);
    const kept =
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state])';
    expect(await page.evaluate(kept)).not.toContain(token);
  });

  test('a used link, an expired one and a broken one each say what to do next', async () => {
    const used = await verificationLink();
    await page.goto(used.link);
    await button('Confirm email address').click();
    await heading('Thank you').waitFor();
    // The same page, the same tab: only the fragment is another.
    await page.goto(used.link);
    await button('Confirm email address').click();
    await heading('This link doesn’t work any more').waitFor();
    const late = await verificationLink();
    await sql(app, "update challenges set expires_at = now() - interval '1 second' where subject = ?", [
      late.id,
    ]);
    await page.goto(late.link);
    await button('Confirm email address').click();
    await heading('This link has expired').waitFor();
    await page.getByText('ask for a new email').waitFor();
    await page.goto(`${late.link.split('#')[0]}#token=`);
    await heading('This link is not complete').waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('without a connection the page says so, and the link is still good afterwards', async () => {
    const { link } = await verificationLink();
    await page.goto(link);
    await context.setOffline(true);
    await button('Confirm email address').click();
    await page.getByRole('status').getByText('The server could not be reached').waitFor();
    await context.setOffline(false);
    await button('Confirm email address').click();
    await heading('Thank you').waitFor();
  });

  test('a new address is confirmed, and the change taken back', async () => {
    const { client, email, id } = await newVerifiedPerson(app);
    const newEmail = newAddress();
    const { mail } = await mailedChange(app, client, newEmail);
    await page.goto(linkIn(mail));
    await button('Confirm new address').click();
    await heading('Thank you').waitFor();
    expect(await addressOf(client)).toEqual({ email: newEmail, emailVerified: true });
    await page.goto(linkIn(await lastMailTo(app, email)));
    await button('Undo the change').click();
    await heading('Your account is yours again').waitFor();
    expect(await sql(app, 'select email from users where id = ?', [id])).toEqual([{ email }]);
  });

  test('an address that somebody else took meanwhile is explained', async () => {
    const { client } = await newPerson(app);
    const newEmail = newAddress();
    const { mail } = await mailedChange(app, client, newEmail);
    await app.client().signUp({ email: newEmail, password: PASSWORD });
    await page.goto(linkIn(mail));
    await button('Confirm new address').click();
    await heading('Another account has this address').waitFor();
  });

  test('a password is chosen with advice while it is typed, and refused with every reason', async () => {
    const person = await newVerifiedPerson(app);
    const { undo } = await moveTo(app, person.client, person.email);
    await page.goto(`${app.url}/account/undo-email-change#token=${undo}`);
    await button('Undo the change').click();
    await heading('Your account is yours again').waitFor();

    await page.goto(linkIn(await lastMailTo(app, person.email)));
    const field = page.getByLabel('New password');
    await field.fill('password');
    await page.getByText('Very easy to guess').waitFor();
    await button('Save password').click();
    await page.getByRole('status').getByText('It needs at least 12 characters.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    await page.getByLabel('Show password').check();
    expect(await field.getAttribute('type')).toBe('text');
    await field.fill('nine quiet lamps by the river');
    await page.getByText('Very good').waitFor();
    await field.press('Enter');
    await heading('Your new password is saved').waitFor();
    const { errors } = await app.client().login({
      email: person.email,
      password: 'nine quiet lamps by the river',
    });
    expect(errors).toEqual([]);
  });

  test('all of it works by keyboard, and tells a screen reader where it is', async () => {
    const { link } = await verificationLink();
    await page.goto(link);
    await button('Confirm email address').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('action');
    await page.keyboard.press('Enter');
    await heading('Thank you').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('title');
    expect(await page.title()).toBe(`Thank you, that’s done · ${PRODUCT}`);
  });

  test.each([
    [['de-AT'], 'de', 'E-Mail-Adresse bestätigen', 'Danke, das war’s schon'],
    [['fr-FR', 'de-DE'], 'de', 'E-Mail-Adresse bestätigen', 'Danke, das war’s schon'],
    [['fr-FR'], 'en', 'Confirm email address', 'Thank you, that’s done'],
  ])('who reads %o gets %s', async (languages, language, action, done) => {
    await open({ locale: languages[0] ?? '' });
    await page.addInitScript(
      `Object.defineProperty(navigator, 'languages', { value: ${JSON.stringify(languages)} })`,
    );
    await page.goto((await verificationLink()).link);
    await button(action).click();
    await heading(done).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
  });

  test('it has the operator’s name and colour, whatever the name is made of, and fits a small phone', async () => {
    await open({ viewport: { width: 320, height: 560 } });
    const { link } = await verificationLink();
    for (const task of accountTasks) {
      await page.goto(link.replace('verify-email', task));
      await page.getByRole('button').waitFor();
      expect(await page.locator('#product').textContent()).toBe(PRODUCT);
      const colour = 'getComputedStyle(document.getElementById("action")).backgroundColor';
      expect(await page.evaluate(colour)).toBe('rgb(11, 122, 75)');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    }
  });

  test('without scripts it says what to do instead', async () => {
    const { link } = await verificationLink();
    const silent = await browser.newContext({ javaScriptEnabled: false });
    const bare = await silent.newPage();
    await bare.goto(link);
    const advice = bare.locator('noscript p');
    expect(await advice.first().isVisible()).toBe(true);
    const [english, german] = await advice.allTextContents();
    expect(english).toContain('enter them in the app instead');
    expect(german).toContain('geben Sie stattdessen diese in der App ein');
    await silent.close();
  });
});
