import { expect } from 'vitest';
import type { TestApp, TestMail } from './app.js';

/** What the mail server has received for an address, oldest first, once everything promised so far was delivered. */
export async function mailsTo(app: TestApp, email: string): Promise<readonly TestMail[]> {
  await app.services.mails.idle();
  return app.mailbox.messages(email);
}

/** The newest mail to an address. */
export async function lastMailTo(app: TestApp, email: string): Promise<TestMail> {
  const mail = (await mailsTo(app, email)).at(-1);
  expect(mail, `a mail to ${email}`).toBeDefined();
  return mail as TestMail;
}

/** The token in the link of a mail. */
export function tokenIn({ text }: { readonly text: string }): string {
  const [, token = ''] = /#token=([\w-]+)/.exec(text) ?? [];
  expect(token, text).not.toBe('');
  return token;
}

/** The six digits of a mail. */
export function codeIn({ text }: { readonly text: string }): string {
  const [, code = ''] = /(?:^|\s)(\d{6})(?:\s|$)/.exec(text) ?? [];
  expect(code, text).not.toBe('');
  return code;
}
