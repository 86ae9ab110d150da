import { ConfigError } from '../config/problem.js';
import { lookupTags } from './language-tag.js';
import type { MailDefinition, MailValues } from './mail-definition.js';
import { htmlOf, type MailContent, type MailLook, textOf } from './mail-layout.js';
import { loadLocales, type MailLocales } from './mail-locales.js';
import { compileMessage, type MailWords } from './mail-words.js';
import { type MailMessage, MailRefusedError } from './mailer.js';
import { sortValues } from './mail-values.js';

/** The operator's say in how mails look and read. */
export interface MailTextsSettings extends MailLook {
  /** The language of people who have chosen none. */
  readonly locale: string;
  /** A folder with more languages, or null. */
  readonly localesDirectory: string | null;
}

/** Gives a kind of message its words and its looks, in the language of its reader. */
export class MailTexts {
  private constructor(
    private readonly settings: MailTextsSettings,
    private readonly words: MailLocales,
  ) {}

  /** Reads every language there is. Throws a ConfigError for what the operator has to mend. */
  static async load(settings: MailTextsSettings, definitions: readonly MailDefinition[]): Promise<MailTexts> {
    const words = await loadLocales(settings.localesDirectory, definitions);
    if (!lookupTags(settings.locale).some((tag) => words.has(tag))) {
      const sentence = `must be one of the languages there are words for: ${[...words.keys()].join(', ')}.`;
      throw new ConfigError([{ variable: 'AUTH_MAIL_LOCALE', sentence }]);
    }
    return new MailTexts(settings, words);
  }

  /** The languages there are words for. */
  get languages(): readonly string[] {
    return [...this.words.keys()].toSorted();
  }

  /**
   * The message in the language closest to `locale`, else in the default one, else in English. Throws
   * MailRefusedError when there are no words for it or the values cannot stand in a mail.
   */
  render(
    kind: string,
    locale: string | null,
    values: MailValues,
  ): Pick<MailMessage, 'subject' | 'text' | 'html'> {
    const content = this.contentOf(kind, locale, values);
    return {
      subject: content.subject,
      text: textOf(content, this.settings),
      html: htmlOf(content, this.settings),
    };
  }

  private contentOf(kind: string, locale: string | null, values: MailValues): MailContent {
    const { language, words } = this.wordsFor(kind, locale);
    const { link, code, named } = sortValues(values, language);
    const say = (message: string): string =>
      String(compileMessage(message, language).format({ ...named, product: this.settings.productName }));
    return {
      language,
      subject: say(words.subject),
      paragraphs: words.paragraphs.map(say),
      action: words.action && link !== null ? { label: say(words.action), link } : null,
      code: words.code && code !== null ? { sentence: say(words.code), code } : null,
      footnote: words.footnote ? say(words.footnote) : null,
    };
  }

  private wordsFor(kind: string, locale: string | null): { language: string; words: MailWords } {
    for (const language of [locale ?? '', this.settings.locale, 'en'].flatMap(lookupTags)) {
      const words = this.words.get(language)?.get(kind);
      if (words) return { language, words };
    }
    throw new MailRefusedError(`There are no words for a mail of the kind ${kind}.`);
  }
}
