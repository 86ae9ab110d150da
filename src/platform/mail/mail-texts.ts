import type { MailValues } from './mail-definition.js';
import type { MailMessage } from './mailer.js';

/** How the operator's mails look. */
export interface MailLook {
  readonly productName: string;
  readonly logoUrl: string | null;
  /** `#rrggbb`. */
  readonly color: string;
  /** The language of people who have chosen none. */
  readonly locale: string;
  /** A folder with more languages, or null. */
  readonly localesDirectory: string | null;
}

/** Gives a kind of message its words and its looks, in the language of its reader. */
export class MailTexts {
  constructor(private readonly look: MailLook) {}

  render(kind: string, _locale: string | null, values: MailValues): Omit<MailMessage, 'to'> {
    const lines = Object.entries(values).map(([name, value]) => `${name}: ${value}`);
    return { subject: `${this.look.productName}: ${kind}`, text: lines.join('\n') };
  }
}
