import { type AuthError, errors } from '../../kernel/errors.js';
import { parseLabel } from '../../kernel/label.js';
import { parseUsername } from '../../kernel/username.js';
import { languageTag } from '../../platform/mail/language-tag.js';
import type { User, UserMetadata } from './user.entity.js';

/** What people may change of their own account by themselves: this and nothing else. */
export type Profile = Pick<User, 'displayName' | 'username' | 'locale' | 'pictureUrl' | 'metadata'>;

/** As it was sent: what is absent stays, null clears. */
export type ProfileInput = { readonly [Field in keyof Profile]?: Profile[Field] | null };

const MAX_NAME_LENGTH = 200;
const MAX_LOCALE_LENGTH = 35;
const MAX_URL_LENGTH = 2000;
const MAX_METADATA_BYTES = 4096;
const MAX_METADATA_DEPTH = 8;

/** Keys by which a careless merge in somebody's frontend would reach the prototype of all objects. */
const NOT_A_KEY = new Set(['__proto__', 'constructor', 'prototype']);

/** The values to store. Throws INVALID_INPUT, which names the field, or USERNAME_INVALID. */
export function readProfile(input: ProfileInput): Partial<Profile> {
  const { displayName, username, locale, pictureUrl, metadata } = input;
  return {
    ...(displayName === undefined
      ? {}
      : { displayName: displayName === null ? null : readName(displayName) }),
    ...(username === undefined ? {} : { username: username === null ? null : parseUsername(username) }),
    ...(locale === undefined ? {} : { locale: locale === null ? null : readLocale(locale) }),
    ...(pictureUrl === undefined ? {} : { pictureUrl: pictureUrl === null ? null : readUrl(pictureUrl) }),
    ...(metadata === undefined ? {} : { metadata: readMetadata(metadata ?? {}) }),
  };
}

function readName(text: string): string | null {
  return text.trim() === '' ? null : parseLabel('displayName', text, MAX_NAME_LENGTH);
}

function readLocale(text: string): string {
  const locale = languageTag(text);
  if (locale === null || locale.length > MAX_LOCALE_LENGTH) {
    throw fault('locale', 'It is a language tag of BCP 47, such as `de-AT`.');
  }
  return locale;
}

function readUrl(text: string): string {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : null;
  const plain = url?.protocol === 'https:' && url.username === '' && url.password === '';
  if (!url || !plain || url.href.length > MAX_URL_LENGTH) {
    throw fault(
      'pictureUrl',
      `It is an https URL without credentials, of at most ${MAX_URL_LENGTH} characters.`,
    );
  }
  return url.href;
}

function readMetadata(value: UserMetadata): UserMetadata {
  if (!isWithin(value, MAX_METADATA_DEPTH)) {
    throw fault('metadata', `It has at most ${MAX_METADATA_DEPTH} levels, and no key such as \`__proto__\`.`);
  }
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) {
    throw fault('metadata', `As JSON it has at most ${MAX_METADATA_BYTES} bytes.`);
  }
  return JSON.parse(text) as UserMetadata;
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.entries(value).every(([key, each]) => !NOT_A_KEY.has(key) && isWithin(each, levels - 1));
}

function fault(field: keyof Profile, reason: string): AuthError {
  return errors.INVALID_INPUT({ details: { fields: [{ field, reasons: [reason] }] } });
}
