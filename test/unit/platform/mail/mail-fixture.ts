import type { MailDefinition } from '../../../../src/platform/mail/mail-definition.js';
import { defineMail } from '../../../../src/platform/mail/mail-definition.js';
import { MailTexts, type MailTextsSettings } from '../../../../src/platform/mail/mail-texts.js';

/** The kinds of mail that these tests write, with the names of shipped ones. */
export const verifyEmail = defineMail('verify_email', {
  link: 'https://auth.example.com/account/verify-email#token=sample',
  code: '123456',
  hours: 24,
});
export const emailChanged = defineMail('email_changed', {
  newEmail: 'a•••@example.com',
  link: 'https://auth.example.com/account/undo-email-change#token=sample',
  hours: 72,
});
export const passwordChanged = defineMail('password_changed', { when: '2026-11-22T10:00:00.000Z' });
export const accountDeleted = defineMail('account_deleted', { days: 30 });

export const definitions: readonly MailDefinition[] = [
  verifyEmail,
  emailChanged,
  passwordChanged,
  accountDeleted,
];

/** The shipped words in the looks of somebody's shop. */
export async function exampleTexts(settings: Partial<MailTextsSettings> = {}): Promise<MailTexts> {
  const look = { productName: 'Example Shop', logoUrl: null, color: '#1d4ed8', locale: 'en' };
  return await MailTexts.load({ ...look, localesDirectory: null, ...settings }, definitions);
}
