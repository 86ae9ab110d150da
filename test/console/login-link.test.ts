import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchChromium, watch } from '../support/chromium.js';
import { newVerifiedPerson } from '../support/email-flows.js';
import { freePort } from '../support/free-port.js';
import { forgetLoginLinks, loginLinksOn } from '../support/login-links.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { chromiumPath, describeNeeding } from '../support/needs.js';
import { addTotp, nextCode } from '../support/second-factors.js';

describeNeeding('Chromium', chromiumPath !== undefined)('the page that signs in by a mailed link', () => {
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: () => Promise<string[]>;

  beforeAll(async () => {
    const port = await freePort();
    const accountUrl = `http://127.0.0.1:${port}/account`;
    app = await startTestApp({ config: { ...loginLinksOn, server: { port }, mailLook: { accountUrl } } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });
  beforeEach(async () => {
    ({ context, page, complaints } = await open());
  });
  afterEach(async () => {
    expect(await complaints()).toEqual([]);
    await context.close();
  });

  async function open(locale = 'en-US') {
    const own = await browser.newContext({ locale });
    const first = await own.newPage();
    return { context: own, page: first, complaints: await watch(first, app.url) };
  }

  /** Asks for the mail from a page of this server in that browser; the link of the mail. */
  async function askIn(tab: Page, email: string): Promise<string> {
    await forgetLoginLinks(app, email);
    await tab.goto(`${app.url}/account/login`);
    const query = `mutation { requestLoginLink(input: { email: "${email}" }) { challengeId } }`;
    await tab.evaluate(`fetch('../graphql', { method: 'POST', credentials: 'same-origin',
      headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify({ query }))} })`);
    return `${app.url}/account/login#token=${tokenIn(await lastMailTo(app, email))}`;
  }

  const button = (name: string) => page.getByRole('button', { name });
  const heading = (name: string) => page.getByRole('heading', { name });
  const sessionsOf = async (id: string) =>
    await sql(app, "select id from sessions where user_id = ? and method = 'login_link'", [id]);

  /** Who the cookies of that browser are signed in as, by the word of the server. */
  async function whoIs(tab: Page): Promise<unknown> {
    const csrf = (await tab.context().cookies()).find(({ name }) => name.endsWith('_csrf'))?.value ?? '';
    return await tab.evaluate(`fetch('../graphql', { method: 'POST', credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-csrf-token': ${JSON.stringify(csrf)} },
      body: JSON.stringify({ query: '{ viewer { id } }' }) }).then((answer) => answer.json())
      .then(({ data }) => data?.viewer?.id)`);
  }

  test('one click signs in with cookies; opening the link, however often, does not', async () => {
    const { id, email } = await newVerifiedPerson(app);
    const link = await askIn(page, email);
    for (let n = 0; n < 3; n += 1) {
      await page.goto('about:blank');
      await page.goto(link);
      await button('Sign in').waitFor();
      expect(page.url()).not.toContain('token');
    }
    expect(await sessionsOf(id)).toEqual([]);
    await button('Sign in').dblclick();
    await heading('You are signed in').waitFor();
    expect(await whoIs(page)).toBe(id);
    expect(await sessionsOf(id)).toHaveLength(1);
    const readable = await page.evaluate('document.cookie');
    expect(readable).not.toMatch(/_(access|refresh|device)=/);
  });

  test('in another browser it says where to open the link, which is still good there', async () => {
    const { id, email } = await newVerifiedPerson(app);
    const link = await askIn(page, email);
    const other = await open();
    await other.page.goto(link);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('heading', { name: 'Open this link where you asked for it' }).waitFor();
    expect(await other.complaints()).toEqual([]);
    await other.context.close();
    expect(await sessionsOf(id)).toEqual([]);
    await page.goto(link);
    await button('Sign in').click();
    await heading('You are signed in').waitFor();
  });

  test('a browser that is signed in to another account is signed in to this one then', async () => {
    const [first, second] = [await newVerifiedPerson(app), await newVerifiedPerson(app)];
    for (const { id, email } of [first, second]) {
      await page.goto(await askIn(page, email));
      await button('Sign in').click();
      await heading('You are signed in').waitFor();
      expect(await whoIs(page)).toBe(id);
    }
  });

  test('where the account has a second factor, it asks for its code, and takes a wrong one with patience', async () => {
    const person = await newVerifiedPerson(app);
    const totp = await addTotp(person.client);
    await page.goto(await askIn(page, person.email));
    await button('Sign in').click();
    await heading('One more step').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('code');
    expect(await sessionsOf(person.id)).toEqual([]);
    await page.getByLabel('Code').fill(nextCode(totp) === '000000' ? '000001' : '000000');
    await button('Sign in').click();
    await page.getByRole('status').getByText('That code isn’t right').waitFor();
    await page.getByLabel('Code').fill(nextCode(totp));
    await page.keyboard.press('Enter');
    await heading('You are signed in').waitFor();
    expect(await whoIs(page)).toBe(person.id);
  });

  test('a recovery code does as well', async () => {
    const person = await newVerifiedPerson(app);
    const { recoveryCodes } = await addTotp(person.client);
    await page.goto(await askIn(page, person.email));
    await button('Sign in').click();
    await page.getByLabel('Code').fill(recoveryCodes[0] ?? '');
    await button('Sign in').click();
    await heading('You are signed in').waitFor();
  });

  test('a used link and an expired one each say what to do next, in the language of the reader', async () => {
    const { id, email } = await newPerson(app);
    const used = await askIn(page, email);
    await page.goto(used);
    await button('Sign in').click();
    await heading('You are signed in').waitFor();
    await page.goto(used);
    await button('Sign in').click();
    await heading('This link doesn’t work any more').waitFor();
    const german = await open('de-AT');
    const late = await askIn(german.page, email);
    await sql(app, "update challenges set expires_at = now() - interval '1 second' where subject = ?", [id]);
    await german.page.goto(late);
    await german.page.getByRole('button', { name: 'Anmelden' }).click();
    await german.page.getByRole('heading', { name: 'Dieser Link ist abgelaufen' }).waitFor();
    expect(await german.complaints()).toEqual([]);
    await german.context.close();
  });
});
