import { htmlUnescape } from 'escape-goat';
import { beforeAll, describe, expect, it } from 'vitest';
import { readableOn } from '../../../../src/platform/mail/mail-layout.js';
import type { MailTexts } from '../../../../src/platform/mail/mail-texts.js';
import { accountDeleted, emailChanged, exampleTexts, passwordChanged, verifyEmail } from './mail-fixture.js';

let texts: MailTexts;
beforeAll(async () => {
  texts = await exampleTexts();
});

const { name, sample } = verifyEmail;

/** What a reader sees of the HTML, block by block. */
function readingOf(html: string): string[] {
  const body = html.slice(html.indexOf('<body'));
  const withoutPictures = body.replaceAll(/<img [^>]*alt="([^"]*)"[^>]*>/g, '$1');
  return htmlUnescape(withoutPictures.replaceAll(/<[^>]*>/g, ''))
    .split('\n')
    .filter((line) => line !== '');
}

describe('a mail', () => {
  it('says the same as text and as HTML, the name of the product included', () => {
    for (const language of ['en', 'de']) {
      const { text, html = '' } = texts.render(name, language, sample);
      const said = readingOf(html);
      const written = text.split('\n').filter((line) => line !== '' && line !== '-- ');
      expect(written.filter((line) => line !== sample.link).toSorted()).toEqual(said.toSorted());
      expect(html).toContain(`href="${sample.link}"`);
    }
  });

  it('has the link and the code each on a line of its own', () => {
    const lines = texts.render(name, 'en', sample).text.split('\n');
    expect(lines).toContain(sample.link);
    expect(lines).toContain(sample.code);
  });

  it('never shows the code or the link in its subject', () => {
    expect(texts.render(name, 'en', sample).subject).toBe('Confirm your email address for Example Shop');
  });

  it('tells the language it is written in', () => {
    expect(texts.render(name, 'de', sample).html).toMatch(/<html lang="de" .*<div lang="de"/s);
  });

  it('shows the logo with the name in its place where pictures are off', async () => {
    const shop = await exampleTexts({
      logoUrl: 'https://shop.example.com/logo.png?a=1&b=2',
      color: '#ffee00',
    });
    const { html = '' } = shop.render(name, 'en', sample);
    expect(html).toContain('<img src="https://shop.example.com/logo.png?a=1&amp;b=2" alt="Example Shop"');
    expect(html).toContain('background-color:#ffee00;color:#000000');
    expect(readingOf(html)[0]).toBe('Example Shop');
  });

  it('names the product exactly as the operator does', async () => {
    const shop = await exampleTexts({ productName: `Tom & Jerry's <Shop>` });
    const { subject, text, html = '' } = shop.render(name, 'en', sample);
    expect(subject).toContain(`Tom & Jerry's <Shop>`);
    expect(text).toContain(`Tom & Jerry's <Shop>`);
    expect(html).not.toContain('<Shop>');
    expect(readingOf(html)[0]).toBe(`Tom & Jerry's <Shop>`);
  });

  it.each([
    ['en', 1, '1 more day in'],
    ['en', 30, '30 more days in'],
    ['de', 1, 'noch 1 Tag auf'],
    ['de', 30, 'noch 30 Tage auf'],
  ])('counts right in %s: %i', (language, days, words) => {
    expect(texts.render(accountDeleted.name, language, { days }).text).toContain(words);
  });

  it.each([
    ['en', 'on November 22, 2026 at 10:00 AM UTC'],
    ['de', 'am 22. November 2026 um 10:00 UTC'],
  ])('tells points in time as people do in %s, in UTC', (language, words) => {
    expect(texts.render(passwordChanged.name, language, passwordChanged.sample).text).toContain(words);
  });
});

describe('the language of a mail', () => {
  const english = 'Confirm your email address for Example Shop';
  const german = 'Bestätigen Sie Ihre E-Mail-Adresse für Example Shop';

  it.each([
    ['de', german],
    ['de-AT', german],
    ['DE-ch-1996', german],
    ['en-GB', english],
    ['fr', english],
    ['', english],
    ['not a tag', english],
    ['../../../etc/passwd', english],
    [null, english],
  ])('is the closest there is to what the person chose: %s', (locale, subject) => {
    expect(texts.render(name, locale, sample).subject).toBe(subject);
  });

  it('is the operator’s default for somebody who has chosen none, or one without words', async () => {
    const german_ = await exampleTexts({ locale: 'de-AT' });
    expect(german_.render(name, null, sample).subject).toBe(german);
    expect(german_.render(name, 'fr', sample).subject).toBe(german);
    expect(german_.render(name, 'en', sample).subject).toBe(english);
  });

  it('cannot be set to one without any words', async () => {
    await expect(exampleTexts({ locale: 'fr' })).rejects.toThrow('AUTH_MAIL_LOCALE must be');
  });
});

describe('what cannot be a mail is refused', () => {
  it.each([
    'javascript:alert(1)',
    'https://a.test/ b',
    'https://a.test/\nBcc: x',
    'a.test',
    '',
    'data:text/html,x',
  ])('the link %j', (link) => {
    expect(() => texts.render(name, 'en', { ...sample, link })).toThrow('link');
  });

  it.each(['12 34', '<b>1234</b>', '123456\n', 'https://evil.test', ''])('the code %j', (code) => {
    expect(() => texts.render(name, 'en', { ...sample, code })).toThrow('code');
  });

  it('a kind without words, a missing value, a time that is none', () => {
    expect(() => texts.render('no_such_mail', 'en', {})).toThrow('no words');
    expect(() => texts.render(emailChanged.name, 'en', { link: sample.link })).toThrow('newEmail');
    expect(() => texts.render(passwordChanged.name, 'en', { when: 'yesterday' })).toThrow('time');
  });
});

it('the button can be read on every colour', () => {
  expect(['#000000', '#1d4ed8', '#b91c1c'].map(readableOn)).toEqual(['#ffffff', '#ffffff', '#ffffff']);
  expect(['#ffffff', '#ffee00', '#7dd3fc'].map(readableOn)).toEqual(['#000000', '#000000', '#000000']);
});
