import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config/problem.js';
import { packageRoot } from '../package-root.js';
import { languageTag, lookupTags } from './language-tag.js';
import type { MailDefinition } from './mail-definition.js';
import { type MailWords, mailWords, wordsFaults } from './mail-words.js';

/** The words of every kind of mail, by language and name of the kind. */
export type MailLocales = ReadonlyMap<string, ReadonlyMap<string, MailWords>>;

/** Where the shipped languages lie, in a checkout and after a build alike. */
export const shippedLocales = join(packageRoot, 'locales');

interface Fault {
  readonly file: string;
  readonly key: string;
  readonly sentence: string;
}

type Entry = Partial<MailWords>;

interface LocaleFile {
  readonly name: string;
  readonly tag: string;
  readonly mails: Readonly<Record<string, Entry>>;
}

/** The shipped languages. Throws when one of their files is damaged. */
export async function loadShippedLocales(): Promise<MailLocales> {
  const { files, faults } = await readLocaleFiles(shippedLocales);
  const locales = new Map<string, Map<string, MailWords>>();
  for (const file of files) faults.push(...layOver(locales, file));
  if (faults.length > 0) throw new Error(faults.map((fault) => `locales/${described(fault)}`).join('\n'));
  return locales;
}

/**
 * The shipped languages under those of the operator's folder, which add languages or say single mails, or parts
 * of them, in other words. Throws a ConfigError that names every file and key that will not do.
 */
export async function loadLocales(
  directory: string | null,
  definitions: readonly MailDefinition[],
): Promise<MailLocales> {
  const shipped = await loadShippedLocales();
  if (directory === null) return shipped;
  const locales = new Map([...shipped].map(([tag, mails]) => [tag, new Map(mails)]));
  const { files, faults } = await readLocaleFiles(directory).catch(() => {
    throw configError(['must be a folder that can be read.']);
  });
  for (const file of files) {
    faults.push(...layOver(locales, file), ...misfits(locales, file, definitions));
  }
  if (faults.length > 0) throw configError(faults.map((fault) => `leads to ${described(fault)}.`));
  return locales;
}

async function readLocaleFiles(directory: string): Promise<{ files: LocaleFile[]; faults: Fault[] }> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  const read = await Promise.all(names.map((name) => readLocaleFile(directory, name)));
  // `de` before `de-AT`, which is laid over it.
  const files = read.flatMap(({ file }) => file ?? []).toSorted((a, b) => a.tag.length - b.tag.length);
  return { files, faults: read.flatMap(({ faults }) => faults) };
}

const localeFile = z.record(z.string(), mailWords.partial());

async function readLocaleFile(
  directory: string,
  name: string,
): Promise<{ file?: LocaleFile; faults: Fault[] }> {
  const tag = languageTag(basename(name, '.json'));
  if (tag === null) return { faults: [{ file: name, key: '', sentence: 'is not named after a language' }] };
  try {
    const text = await readFile(join(directory, name), 'utf8');
    const { data, error } = localeFile.safeParse(JSON.parse(text.replace(/^\u{feff}/u, '')));
    if (data) return { file: { name, tag, mails: data }, faults: [] };
    return { faults: zodFaults(name, error) };
  } catch {
    return { faults: [{ file: name, key: '', sentence: 'is not JSON' }] };
  }
}

/** Adds the words of a file; what an entry leaves out is taken from the same language, never from another. */
function layOver(locales: Map<string, Map<string, MailWords>>, { name, tag, mails }: LocaleFile): Fault[] {
  const laid = locales.get(tag) ?? new Map<string, MailWords>();
  locales.set(tag, laid);
  return Object.entries(mails).flatMap(([kind, entry]) => {
    const below = lookupTags(tag).flatMap((one) => locales.get(one)?.get(kind) ?? []);
    const { data, error } = mailWords.safeParse({ ...below[0], ...entry });
    if (data) laid.set(kind, data);
    return error ? zodFaults(name, error, kind) : [];
  });
}

function misfits(
  locales: MailLocales,
  { name, tag, mails }: LocaleFile,
  definitions: readonly MailDefinition[],
): Fault[] {
  return Object.keys(mails).flatMap((kind) => {
    const definition = definitions.find((one) => one.name === kind);
    if (!definition) return [{ file: name, key: kind, sentence: 'is no kind of mail' }];
    const words = locales.get(tag)?.get(kind);
    return words ? wordsFaults(words, definition).map((fault) => ({ file: name, ...fault })) : [];
  });
}

function zodFaults(file: string, { issues }: z.ZodError, ...within: string[]): Fault[] {
  return issues.map(({ path, message }) => ({
    file,
    key: [...within, ...path].join('.'),
    sentence: `is wrong (${message})`,
  }));
}

function described({ file, key, sentence }: Fault): string {
  return key === '' ? `${file}, which ${sentence}` : `${file}, where ${key} ${sentence}`;
}

function configError(sentences: readonly string[]): ConfigError {
  return new ConfigError(sentences.map((sentence) => ({ variable: 'AUTH_MAIL_LOCALES_DIR', sentence })));
}
