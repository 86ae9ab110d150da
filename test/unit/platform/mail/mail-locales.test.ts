import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/platform/config/problem.js';
import { emailChanged, exampleTexts, passwordChanged, verifyEmail } from './mail-fixture.js';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A folder of the operator's; contents that are no text are written as JSON. */
function folder(files: Readonly<Record<string, unknown>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-locales-'));
  directories.push(directory);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

const french = {
  subject: 'Confirmez votre adresse pour {product}',
  paragraphs: ['Le lien est valable {hours, plural, one {# heure} other {# heures}}.'],
  action: 'Confirmer',
  code: 'Ou saisissez ce code :',
};

async function textsWith(files: Readonly<Record<string, unknown>>) {
  return await exampleTexts({ localesDirectory: folder(files) });
}

describe('a folder of the operator', () => {
  it('adds a language; what it has no words for is said in the default one', async () => {
    const texts = await textsWith({ 'fr.json': { verify_email: french } });
    expect(texts.languages).toEqual(['de', 'en', 'fr']);
    const mail = texts.render('verify_email', 'fr-CA', verifyEmail.sample);
    expect(mail.subject).toBe('Confirmez votre adresse pour Example Shop');
    expect(mail.text).toContain('24 heures');
    expect(mail.html).toContain('<html lang="fr"');
    const other = texts.render('password_changed', 'fr', passwordChanged.sample);
    expect(other.html).toContain('<html lang="en"');
  });

  it('can be the default language', async () => {
    const localesDirectory = folder({ 'fr.json': { verify_email: french } });
    const texts = await exampleTexts({ localesDirectory, locale: 'fr' });
    expect(texts.render('verify_email', 'sv', verifyEmail.sample).subject).toContain('Confirmez');
  });

  it('says one part of a shipped mail in other words and leaves the rest', async () => {
    const texts = await textsWith({ 'de.json': { verify_email: { subject: 'Willkommen!' } } });
    const mail = texts.render('verify_email', 'de', verifyEmail.sample);
    expect(mail.subject).toBe('Willkommen!');
    expect(mail.text).toContain('E-Mail-Adresse bestätigen');
    expect(texts.render('verify_email', 'en', verifyEmail.sample).subject).toContain('Confirm');
  });

  it('refines a language for a country, on top of the operator’s own words for the language', async () => {
    const texts = await textsWith({
      'de-AT.json': { verify_email: { action: 'Passt' } },
      'de.json': { verify_email: { subject: 'Willkommen!' } },
    });
    expect(texts.render('verify_email', 'de-AT', verifyEmail.sample).subject).toBe('Willkommen!');
    expect(texts.render('verify_email', 'de-AT', verifyEmail.sample).text).toContain('Passt\n');
    expect(texts.render('verify_email', 'de', verifyEmail.sample).text).not.toContain('Passt\n');
  });

  it('may hold other files, and files as Windows writes them', async () => {
    const texts = await textsWith({
      'README.md': 'Our words.',
      'fr.json': `\u{feff}${JSON.stringify({ verify_email: french })}`,
    });
    expect(texts.languages).toContain('fr');
  });

  it('takes nothing in a message for markup', async () => {
    const words = { ...french, paragraphs: ['<b>{hours}</b> heures & plus, <a href="x">ici</a>'] };
    const texts = await textsWith({ 'fr.json': { verify_email: words } });
    const { text, html } = texts.render('verify_email', 'fr', verifyEmail.sample);
    expect(text).toContain('<b>24</b> heures & plus, <a href="x">ici</a>');
    expect(html).toContain(
      '&lt;b&gt;24&lt;/b&gt; heures &amp; plus, &lt;a href=&quot;x&quot;&gt;ici&lt;/a&gt;',
    );
  });
});

describe('a start is refused, with file and key, when', () => {
  const fr = (change: object) => ({ 'fr.json': { verify_email: { ...french, ...change } } });
  const gone = undefined;

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a file is no JSON', { 'fr.json': '{"verify_email": ' }, /fr\.json, which is not JSON/],
    ['a file is a list', { 'fr.json': [] }, /fr\.json/],
    [
      'a file is not named after a language',
      { 'french words.json': {} },
      /french words\.json, which is not named/,
    ],
    [
      'a kind of mail is unknown',
      { 'fr.json': { verify_mail: french } },
      /fr\.json, where verify_mail is no kind/,
    ],
    ['a kind is no object', { 'fr.json': { verify_email: 'x' } }, /fr\.json, where verify_email /],
    ['a key is unknown', fr({ titel: 'x' }), /fr\.json, where verify_email .*titel/],
    ['a subject is missing', fr({ subject: gone }), /fr\.json, where verify_email\.subject /],
    ['a subject has two lines', fr({ subject: 'a\nBcc: b@c.de' }), /fr\.json, where verify_email\.subject /],
    ['there are no paragraphs', fr({ paragraphs: [] }), /fr\.json, where verify_email\.paragraphs /],
    ['a paragraph is a number', fr({ paragraphs: [1] }), /fr\.json, where verify_email\.paragraphs\.0 /],
    ['the button is missing', fr({ action: gone }), /verify_email\.action is missing: the mail has a link/],
    ['the code has no sentence', fr({ code: gone }), /verify_email\.code is missing: the mail has a code/],
    [
      'a placeholder is unknown',
      fr({ footnote: 'Hi {name}' }),
      /verify_email\.footnote names \{name\}.*hours, product/,
    ],
    [
      'one is unknown in one number of a plural',
      fr({ paragraphs: ['{hours, plural, one {{x}} other {#}}'] }),
      /names \{x\}/,
    ],
    [
      'the link would stand in a sentence',
      fr({ subject: 'Click {link}' }),
      /verify_email\.subject names \{link\}/,
    ],
    ['the code would stand in the subject', fr({ subject: 'Your code: {code}' }), /subject names \{code\}/],
    ['a message is no ICU message', fr({ subject: 'a {hours' }), /verify_email\.subject is no ICU message/],
    [
      'a plural lacks its rest',
      fr({ paragraphs: ['{hours, plural, one {x}}'] }),
      /verify_email\.paragraphs\.0 is no ICU/,
    ],
    [
      'a value cannot be formatted so',
      fr({ footnote: '{product, date}' }),
      /verify_email\.footnote is no ICU message for/,
    ],
    [
      'a mail without a link gets a button',
      { 'de.json': { password_changed: { action: 'Hier' } } },
      /de\.json, where password_changed\.action is for a link/,
    ],
  ])('%s', async (_case, files, message) => {
    const start = textsWith(files);
    await expect(start).rejects.toThrow(ConfigError);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toThrow(/^The configuration has a problem:\n {2}AUTH_MAIL_LOCALES_DIR /);
  });

  it('the folder is not there', async () => {
    const start = exampleTexts({ localesDirectory: '/nowhere/at/all' });
    await expect(start).rejects.toThrow('AUTH_MAIL_LOCALES_DIR must be a folder that can be read.');
  });

  it('several things are wrong: all are told at once', async () => {
    const files = {
      'fr.json': '{',
      'sv.json': { nothing: {} },
      'de.json': { email_changed: { subject: '{x}' } },
    };
    const refusal: unknown = await textsWith(files).catch((error: unknown) => error);
    const sentences = (refusal as ConfigError).problems.map(({ sentence }) => sentence);
    for (const file of Object.keys(files)) {
      expect(sentences.filter((sentence) => sentence.includes(file)).length, file).toBeGreaterThan(0);
    }
    for (const sentence of sentences) expect(sentence).toMatch(/\.$/);
  });
});

it('a person’s text in the operator’s language is as harmless as in ours', async () => {
  const texts = await textsWith({ 'de.json': { email_changed: { subject: '{newEmail} <{newEmail}>' } } });
  const newEmail = 'a\r\nBcc: eve@evil.test';
  const { subject } = texts.render('email_changed', 'de', { ...emailChanged.sample, newEmail });
  expect(subject).not.toMatch(/\p{Cc}/u);
});
