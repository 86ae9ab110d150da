import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { launchChromium, watch } from '../support/chromium.js';
import { chromiumPath, describeNeeding } from '../support/needs.js';

describeNeeding('Chromium', chromiumPath !== undefined)('the console in Chromium', () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  let complaints: () => Promise<string[]>;

  beforeAll(async () => {
    app = await startTestApp();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    complaints = await watch(page, app.url);
    await page.goto(`${app.url}/console/`);
    await page.locator('.monaco-editor .view-lines').first().waitFor();
  });
  afterEach(async () => {
    expect(await complaints()).toEqual([]);
    await page.close();
  });

  async function signIn(password: string): Promise<void> {
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Runs what the editor holds, or a named operation in a new tab. */
  async function run(name?: string, query = ''): Promise<void> {
    if (name !== undefined) {
      await page.getByRole('button', { name: 'New tab' }).click();
      await page.locator('.graphiql-query-editor .monaco-editor').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(query);
      // The editor has understood what was pasted once the tab bears its name.
      await page.getByRole('tab', { name }).waitFor();
    }
    await page.getByRole('button', { name: /Execute|Run/ }).click();
  }

  const result = () => page.locator('.result-window');

  test('sign in, run the query that is already there, sign out', async () => {
    await run();
    await result().getByText('UNAUTHENTICATED').waitFor();
    await signIn(ADMIN.password);
    await page.getByText(`Signed in as ${ADMIN.email}`).waitFor();
    await run();
    await result().getByText('system_admin').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').waitFor();
    await run();
    await result().getByText('UNAUTHENTICATED').waitFor();
  });

  test('a wrong password is explained, and nothing is kept', async () => {
    await signIn('not the password');
    await page.getByText('INVALID_CREDENTIALS').waitFor();
    expect(await page.getByLabel('Password').inputValue()).toBe('');
  });

  test('a subscription shows a session as it ends', async () => {
    await signIn(ADMIN.password);
    await page.getByText(`Signed in as ${ADMIN.email}`).waitFor();
    await run('Ended', 'subscription Ended { sessionRevoked { sessionId reason } }');
    const other = await app.adminClient();
    // The subscription is open once the server knows of it: end sessions until one is seen.
    await expect
      .poll(
        async () => {
          await other.login(ADMIN);
          await other.send('mutation { logout { ok } }');
          return await result().innerText();
        },
        { timeout: 15_000, interval: 500 },
      )
      .toContain('logout');
  });

  test('no token reaches the storage of the browser', async () => {
    await signIn(ADMIN.password);
    await page.getByText(`Signed in as ${ADMIN.email}`).waitFor();
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(stored).not.toMatch(/eyJ|lkr_/);
  });
});
