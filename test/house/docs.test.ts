import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import 'reflect-metadata';
import { isEnumType } from 'graphql';
import { expect, test } from 'vitest';
import { publishedErrors } from '../../scripts/reference/errors.js';
import { driftingFiles, generatedFiles } from '../../scripts/reference/generated-files.js';
import { withSection } from '../../scripts/reference/sections.js';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { allSettings } from '../../src/platform/config/settings.js';

const root = join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
/** Written by people: what is generated from the code cannot say anything else than the code. */
const prose = documents.filter(
  ({ path }) => path === 'docs/architecture.md' || !generatedFiles.some((file) => file.path === path),
);

test('what is generated from the code is what the code gives', () => {
  expect(generatedFiles.length).toBeGreaterThan(7);
  expect(driftingFiles().map(({ path }) => path)).toEqual([]);
});

test('a generated part cannot silently disappear from its document', () => {
  expect(() => withSection('# A document without a place for it', 'layers', 'text')).toThrow('layers');
  const place = '<!-- generated: layers -->\nold\n<!-- end: layers -->';
  expect(withSection(place, 'layers', 'new')).toBe(
    '<!-- generated: layers -->\n\nnew\n\n<!-- end: layers -->',
  );
});

test('every link within the repository leads to a file, and to a heading where it names one', () => {
  const links = documents.flatMap(({ path, text }) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ path, target })),
  );
  const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));
  expect(local.length).toBeGreaterThan(10);
  expect(local.filter((link) => !resolves(link))).toEqual([]);
});

test('every setting that the documents name exists, and so does every error code and every value of the schema', () => {
  const known = new Set([
    ...allSettings().map(({ env }) => env),
    ...publishedErrors().map(({ code }) => code),
    ...Object.values(schemaOfAllFeatures().getTypeMap())
      .filter(isEnumType)
      .flatMap((type) => type.getValues().map(({ name }) => name)),
    // Of graphql-js and Apollo; docs/reference/errors.md explains them.
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'BAD_USER_INPUT',
    'BAD_REQUEST',
  ]);
  const words = prose.flatMap(({ path, text }) =>
    [
      // A script may have variables of its own; whatever looks like one of ours is one.
      ...withoutBlocks(text).matchAll(/\b[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+\b/g),
      ...text.matchAll(/\b(?:AUTH|CORS|SESSION|CONNECT|DATABASE|NODE)_[A-Z0-9_]+\b/g),
    ].map(([word]) => ({ path, word })),
  );
  expect(words.length).toBeGreaterThan(5);
  expect(words.filter(({ word }) => !known.has(word) && !word.startsWith('LATCHKEY_'))).toEqual([]);
});

test('every `npx latchkey` command in the documents exists, with the options it is given', () => {
  const cli = spawnSync(process.execPath, ['--import', 'tsx', 'src/app/cli.ts'], { cwd: root });
  const usages = [...cli.stderr.toString().matchAll(/npx latchkey (.+)/g)].map(([, usage = '']) => usage);
  expect(usages.length).toBeGreaterThan(5);
  const mentioned = prose.flatMap(({ path, text }) =>
    [...text.matchAll(/npx latchkey ([a-z-]+)([^\n`|]*)/g)].map(([, command = '', rest = '']) => ({
      path,
      command,
      options: [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option),
    })),
  );
  expect(mentioned.length).toBeGreaterThan(3);
  const unknown = mentioned.filter(({ command, options }) => {
    const usage = usages.find((each) => each.split(' ')[0] === command);
    return usage === undefined || options.some((option) => !usage.includes(option));
  });
  expect(unknown).toEqual([]);
});

test('every `npm run` script in the documents exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const mentioned = prose.flatMap(({ path, text }) =>
    [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, script = '']) => ({ path, script })),
  );
  expect(mentioned.length).toBeGreaterThan(3);
  expect(mentioned.filter(({ script }) => !(script in scripts))).toEqual([]);
});

test('every source file that the documents name exists', () => {
  const files = globSync(['{src,test,scripts,bench,console/src}/**/*.{ts,tsx,mjs}', '*.ts'], { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.includes('node_modules'));
  const named = prose.flatMap(({ path, text }) =>
    [...text.matchAll(/`([\w./-]+\.(?:ts|tsx|mjs))`/g)].map(([, name = '']) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(
    ({ name }) => !files.some((file) => file === name || file.endsWith(`/${name}`)),
  );
  expect(missing).toEqual([]);
});

function resolves({ path, target }: { path: string; target: string }): boolean {
  const [file = '', heading] = target.split('#');
  const full = file === '' ? join(root, path) : join(root, dirname(path), decodeURIComponent(file));
  if (!existsSync(full)) return false;
  if (heading === undefined || !basename(full).endsWith('.md')) return true;
  const headings = [...readFileSync(full, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  );
  return headings.includes(heading);
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replaceAll(/`[^`\n]*`/g, '');
}
