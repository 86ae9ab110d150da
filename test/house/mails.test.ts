import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { allFeatures } from '../../src/app/features.js';
import { loadShippedLocales } from '../../src/platform/mail/mail-locales.js';
import { MailTexts } from '../../src/platform/mail/mail-texts.js';
import { wordsFaults } from '../../src/platform/mail/mail-words.js';

const definitions = allFeatures.flatMap(({ mails = [] }) => mails);
const shipped = await loadShippedLocales();
const languages = [...shipped.keys()];

describe('the kinds of mail', () => {
  it('are named once, and so that a locale file can hold their words', () => {
    const names = definitions.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it('have names that their column holds', () => {
    for (const { name } of definitions) expect(name.length).toBeLessThanOrEqual(50);
  });
});

describe.each(languages)('the words in %s', (language) => {
  const words = shipped.get(language);

  it('are there for every kind of mail, use what it has and name nothing else', () => {
    const faults = definitions.flatMap((definition): unknown[] => {
      const found = words?.get(definition.name);
      return found ? wordsFaults(found, definition) : [`${definition.name} has no words`];
    });
    expect(faults).toEqual([]);
  });

  it('all belong to a kind of mail', () => {
    const names = new Set(definitions.map(({ name }) => name));
    expect([...(words?.keys() ?? [])].filter((name) => !names.has(name))).toEqual([]);
  });

  it('name every number and name that the English ones do', () => {
    const placeholders = (text: string): string[] =>
      [...new Set(text.match(/\{\w+(?=[,}])/g))].filter((one) => one !== '{product').toSorted();
    for (const [name, english] of shipped.get('en') ?? []) {
      const here = placeholders(JSON.stringify(words?.get(name)));
      expect(here, name).toEqual(placeholders(JSON.stringify(english)));
    }
  });

  it('make mails of every kind out of sample values', async () => {
    const look = {
      productName: 'Latchkey',
      logoUrl: null,
      color: '#1d4ed8',
      locale: 'en',
      localesDirectory: null,
    };
    const texts = await MailTexts.load(look, definitions);
    for (const { name, sample } of definitions) {
      const { subject, text, html } = texts.render(name, language, sample);
      expect(html).toContain(`<html lang="${language}"`);
      expect(subject).toContain('Latchkey');
      // What a phone shows of it.
      expect(subject.length, subject).toBeLessThanOrEqual(78);
      expect(text + subject).not.toMatch(/[{}]|undefined|null|\[object/);
    }
  });

  it('have the quotation marks and apostrophes of print', () => {
    for (const [name, entry] of words ?? []) {
      expect(Object.values(entry).flat().join('\n'), name).not.toMatch(/["'`´]| {2}|\s$|\.\.\./m);
    }
  });
});

it('English and German are shipped', () => {
  expect(languages.toSorted()).toEqual(['de', 'en']);
});
