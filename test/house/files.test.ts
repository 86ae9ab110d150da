import { readdir, readFile } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const FOLDERS = ['src', 'account-pages', 'sdk', 'test', 'console/src', 'scripts', 'bench'];
const NOT_OURS = new Set(['node_modules', 'dist', 'generated']);
const SOURCE = /\.(ts|tsx|mts|cts|js|mjs|cjs|jsx|css)$/;

/** Drawers in which things are lost: every file belongs to a noun of the product. */
const DRAWERS = new Set([
  'utils',
  'helpers',
  'common',
  'shared',
  'lib',
  'core',
  'types',
  'managers',
  'services',
]);

/** The roles of a feature's files; a new one needs a decision record. */
const ROLES = new Set(
  ['entity', 'service', 'contract', 'type', 'input', 'resolver', 'subscription', 'route', 'job', 'mail']
    .concat(['policy', 'feature', 'method', 'factor', 'scheme', 'recorder', 'outbox'])
    .concat(['claims', 'registry']),
);

interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

let files: SourceFile[];

beforeAll(async () => {
  files = (await Promise.all(FOLDERS.map(readFolder))).flat();
});

async function readFolder(folder: string): Promise<SourceFile[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .split(sep),
    )
    .filter((parts) => !parts.some((part) => NOT_OURS.has(part)));
  return await Promise.all(
    paths.map(async (parts) => ({
      path: parts.join('/'),
      text: await readFile(join(root, ...parts), 'utf8'),
    })),
  );
}

/** Each place in any source file where `pattern` matches. */
function places(pattern: RegExp, within = ''): string[] {
  return files
    .filter(({ path }) => path.startsWith(within))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    );
}

/** Patterns are put together here, so that this file does not find itself. */
const words = (...parts: string[]): RegExp => new RegExp(parts.join(''));

describe('the source files', () => {
  it('are all here', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.map(({ path }) => path)).toContain('test/house/files.test.ts');
  });

  it('have at most 300 lines', () => {
    const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  it('lie in no folder that could be called anything', () => {
    const drawers = files.filter(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .some((part) => DRAWERS.has(part)),
    );
    expect(drawers.map(({ path }) => path)).toEqual([]);
  });

  it('are named in kebab-case', () => {
    const word = '[a-z0-9]+(-[a-z0-9]+)*';
    const name = new RegExp(`^${word}(\\.${word})*$`);
    // A test of the schema is called like the field that it calls.
    const field = /^test\/api\/[a-z0-9-]+\/[a-z][A-Za-z0-9]*(-[a-z0-9]+)*\.test\.ts$/;
    const outlaws = files.filter(
      ({ path }) => !field.test(path) && !path.split('/').every((part) => name.test(part)),
    );
    expect(outlaws.map(({ path }) => path)).toEqual([]);
  });

  it('leave nothing for later', () => {
    expect(places(words('\\b(TO', 'DO|FIX', 'ME|HA', 'CK|X', 'XX)\\b'))).toEqual([]);
  });

  it('export nothing by default but what a tool asks for', () => {
    const asked = /\.config\.ts$|^console\/src\//;
    expect(places(/^export default /).filter((place) => !asked.test(place.split(':')[0] ?? ''))).toEqual([]);
  });
});

describe('the files of the features', () => {
  it('say their role in the closed list, or none', () => {
    const strangers = files
      .filter(({ path }) => path.startsWith('src/features/'))
      .map(({ path }) => ({ path, parts: basename(path, '.ts').split('.') }))
      .filter(({ parts }) => parts.length > 2 || (parts.length === 2 && !ROLES.has(parts[1] ?? '')));
    expect(strangers.map(({ path }) => path)).toEqual([]);
  });

  it('are lists where they are called index', () => {
    const indexes = files.filter(({ path }) => /^src\/features\/.*\/index\.ts$/.test(path));
    const allowed = /^src\/features\/(login\/methods|mfa\/factors|providers\/catalog)\/index\.ts$/;
    expect(indexes.filter(({ path }) => !allowed.test(path)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the tests', () => {
  /** The one place that skips, and says why; on CI it fails instead. */
  const helper = /^test\/support\/needs\.ts:/;

  it('are all run: none is singled out, and none is left out but by `describeNeeding`', () => {
    const call = words(
      '\\b(it|test|describe|suite|bench)\\.(on',
      'ly|ski',
      'p|to',
      'do|fai',
      'ls|run',
      'If)',
    );
    expect(places(call).filter((place) => !helper.test(place))).toEqual([]);
    expect(places(words('\\b(x|f)(it|describe|test)\\('))).toEqual([]);
  });
});
