import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import { expect, test } from 'vitest';
import { publishedErrors } from '../../scripts/reference/errors.js';
import { publishedEvents } from '../../scripts/reference/events.js';
import { allFeatures } from '../../src/app/features.js';
import { errorCatalogue } from '../../src/kernel/errors.js';
import published from './published-names.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const codes = publishedErrors();
const events = publishedEvents().map(({ definition }) => definition);
const permissions = allFeatures.flatMap((feature) => Object.keys(feature.permissions));

// A client compares codes, a webhook receiver events, a role holds permissions: what was published stays. Who adds
// one adds it to published-names.json; who makes this test red by renaming one breaks somebody's integration.
test.each([
  ['error codes', codes.map(({ code, status }) => `${code} ${status}`), published.errors],
  ['events', events.map(({ name }) => name), published.events],
  ['permissions', permissions, published.permissions],
] as const)('the %s are exactly those that were published', (_kind, declared, expected) => {
  expect(declared.toSorted()).toEqual(expected.toSorted());
});

test('an error code is SCREAMING_SNAKE, has a status of refusal and a sentence, and is declared once', () => {
  for (const { code, status, message } of codes) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status, code).toSatisfy((value: number) => Number.isInteger(value) && value >= 400 && value < 600);
    expect(message, code).toMatch(/^[A-Z].*\.$/);
  }
  expect(repeated(codes.map(({ code }) => code))).toEqual([]);
});

test('an event is named noun.past_participle and declared once, and its audit sentence is one', () => {
  for (const { name, audit } of events) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(ed|en)$/);
    if (audit !== false) expect(audit, name).toMatch(/^[A-Z].*\.$/);
  }
  expect(repeated(events.map(({ name }) => name))).toEqual([]);
});

test('a permission is spelled resource:action and declared once, with a sentence', () => {
  for (const { permissions: declared } of allFeatures) {
    for (const [name, about] of Object.entries(declared)) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*:[a-z]+$/);
      expect(about, name).toMatch(/^[A-Z].*\.$/);
    }
  }
  expect(repeated(permissions)).toEqual([]);
});

test('nothing public is declared that no manifest names: the references are complete', async () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
    / = define(Errors|Event|Permissions)[<(]/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(10);
  const modules = await Promise.all(
    files.map((file) => import(join(root, file)) as Promise<Record<string, unknown>>),
  );
  const known = new Set<unknown>([...codes.map(({ code }) => code), ...events, ...permissions]);
  const missing = modules
    .flatMap((module) => Object.values(module))
    .flatMap(publicWordsOf)
    .filter((word) => !known.has(word));
  expect(missing).toEqual([]);
});

/** The codes of a set of error factories, an event itself, the names of a permission catalogue. */
function publicWordsOf(exported: unknown): unknown[] {
  if (typeof exported !== 'object' || exported === null) return [];
  if (errorCatalogue in exported) return Object.keys(exported[errorCatalogue] as object);
  if ('audit' in exported && 'stream' in exported) return [exported];
  const names = Object.keys(exported);
  return names.length > 0 && names.every((name) => /^[a-z_]+:[a-z_]+$/.test(name)) ? names : [];
}

function repeated(words: readonly string[]): string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}
