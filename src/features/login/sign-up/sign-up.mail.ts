import type { MailMessage } from '../../../platform/mail/mailer.js';

/** To somebody who has just opened an account. */
export function welcomeMail(to: string): MailMessage {
  return {
    to,
    subject: 'Your new account',
    text: [
      'An account was opened with this e-mail address.',
      '',
      'If that was you, sign in with the password you chose.',
      'If it was not, you need do nothing: nobody can prove that the address is theirs but you.',
    ].join('\n'),
  };
}

/** To the owner of an account whose address somebody has just tried to sign up with. */
export function knownAddressMail(to: string): MailMessage {
  return {
    to,
    subject: 'You already have an account',
    text: [
      'Somebody tried to open an account with this e-mail address, which already has one.',
      '',
      'If that was you, sign in with your existing password.',
      'If it was not, you need do nothing: they were not told that the account exists.',
    ].join('\n'),
  };
}
