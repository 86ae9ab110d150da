import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertSendable } from '../../../../src/platform/mail/mailer.js';
import type { MailTexts } from '../../../../src/platform/mail/mail-texts.js';
import { harmless } from '../../../../src/platform/mail/mail-values.js';
import { emailChanged, exampleTexts } from './mail-fixture.js';

let texts: MailTexts;
beforeAll(async () => {
  texts = await exampleTexts();
});

const tagsOf = (html = ''): string[] => html.match(/<[^>]*>?/g) ?? [];

/** What mail programs make a link of by themselves. */
function linksOf(text: string): string[] {
  const addresses = /[a-z][a-z0-9+.-]*:\/\/\S+|(?<![@\w.-])(?:[a-z0-9-]+\.)+[a-z]{2,}\b\S*/giu;
  return (text.match(addresses) ?? []).filter((link) => !link.includes('@'));
}

function mailWith(newEmail: string) {
  return texts.render(emailChanged.name, 'en', { ...emailChanged.sample, newEmail });
}

const bricks = [
  '<a href="https://evil.test">',
  '</p>',
  '<script>',
  '"',
  "'",
  '&lt;',
  '&',
  '{x}',
  '\r\nBcc: a@b.test',
  'https://evil.test/x',
  'www.evil.test',
  'evil.test',
  '//evil.test',
  'http:',
  '\u0000',
  '\u2028',
  '\u202e',
  'a@evil.test',
  'evil.test/a@b',
  'Ada',
  ' ',
  '.',
  '/',
  '👩‍👩‍👧',
  'שלום',
  '\ud800',
  'xn--e1afmkfd.test',
];

/** Text as somebody would write it who wants to be more than text. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.constantFrom(...bricks), { maxLength: 8 }).map((parts) => parts.join('')),
);

describe('whatever people write', () => {
  it('adds no tag and no attribute to the HTML', () => {
    const usual = tagsOf(mailWith('a•••@example.com').html);
    fc.assert(
      fc.property(hostile, (text) => {
        expect(tagsOf(mailWith(text).html)).toEqual(usual);
      }),
      { numRuns: 500 },
    );
  });

  it('adds no link, neither to the text nor to the HTML', () => {
    const { link } = emailChanged.sample;
    fc.assert(
      fc.property(hostile, (text) => {
        const mail = mailWith(text);
        expect(linksOf(mail.text)).toEqual([link]);
        expect(linksOf((mail.html ?? '').replaceAll(/<[^>]*>/g, ' '))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('adds no line, where a line would look like one of ours', () => {
    const usual = mailWith('a•••@example.com').text.split(/[\p{Cc}\p{Zl}\p{Zp}]/u).length;
    fc.assert(
      fc.property(hostile, (text) => {
        expect(mailWith(text).text.split(/[\p{Cc}\p{Zl}\p{Zp}]/u)).toHaveLength(usual);
      }),
    );
  });

  it('can stand in a subject without adding a header', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(() =>
          assertSendable({ to: 'ada@example.com', subject: `Hello ${harmless(text)}`, text: '' }),
        ).not.toThrow();
      }),
    );
  });

  it('leaves no direction mark open', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = harmless(text);
        expect(safe).not.toMatch(/[\u{202a}-\u{202e}]/u);
        expect((safe.match(/\u{2068}/gu) ?? []).length).toBe((safe.match(/\u{2069}/gu) ?? []).length);
      }),
    );
  });
});

describe('honest text stays what it is', () => {
  it.each([
    'Ada Lovelace',
    'Grüße 👩‍👩‍👧 und mehr',
    'ada+shop@example.co.uk',
    'a•••@example.com',
    "Tom & Jerry's <3",
  ])('%s', (text) => {
    expect(harmless(text)).toBe(text);
  });

  it('is set apart when it is read from right to left', () => {
    expect(harmless('שלום')).toBe('\u2068שלום\u2069');
  });

  it('is cut when it is endless', () => {
    expect([...harmless('👍'.repeat(10_000))]).toHaveLength(201);
  });
});
