import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from './needs.js';

/** Keeps Chromium from calling home, which a closed network answers with refusals. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The machine's own browser; for tests below `describeNeeding('Chromium', …)`. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: chromiumPath ?? '', args: QUIET });
}

/**
 * Watches a page from before it loads anything. What it gives lists every error of its scripts, every request that
 * left `origin`, and every violation of its content security policy.
 */
export async function watch(page: Page, origin: string): Promise<() => Promise<string[]>> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:data|blob):/.test(url)) complaints.push(`went to ${url}`);
  });
  await page.exposeFunction('reportViolation', (text: string) => complaints.push(text));
  // As text: it runs in the page, whose globals this project does not know.
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reportViolation(violatedDirective + ' ' + blockedURI));
  `);
  return async () => {
    // What was reported before this has arrived.
    await page.evaluate('1');
    return complaints;
  };
}
