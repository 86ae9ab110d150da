import { afterAll, beforeAll, expect, test } from 'vitest';
import { allFeatures } from '../../../src/app/features.js';
import { newAddress, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { tokenIn } from '../../support/mails.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { mail: { kind: 'dev-mailbox', from: 'no-reply@example.com' } } });
});
afterAll(() => app.close());

test('the previews show every mail of every feature in every shipped language', async () => {
  const answer = await app.client().fetch('/dev/mailbox/preview');
  const page = await answer.text();
  const kinds = allFeatures.flatMap(({ mails = [] }) => mails);
  expect(kinds.length).toBeGreaterThan(5);
  for (const { name } of kinds) {
    for (const language of ['en', 'de']) {
      const address = `/dev/mailbox/preview/${language}/${name}/html`;
      expect(page).toContain(`src="${address}"`);
      const framed = await app.client().fetch(address);
      expect(framed.status, address).toBe(200);
      expect(framed.headers.get('content-security-policy')).toContain('sandbox');
    }
  }
});

test('a mail lies in the mailbox as its reader would see it, link included', async () => {
  const email = newAddress();
  await app.client().signUp({ email, password: PASSWORD });
  await app.services.mails.idle();
  const page = await (await app.client().fetch('/dev/mailbox')).text();
  expect(page).toContain(email);
  const token = tokenIn({ text: page });
  const addresses = [...page.matchAll(/src="(\/dev\/mailbox\/messages\/[\w-]+\/html)"/g)];
  const framed = await (await app.client().fetch(addresses[0]?.[1] ?? '')).text();
  expect(framed).toContain(`#token=${token}`);
});
