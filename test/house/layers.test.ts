import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: { readonly violations: readonly Violation[] };
}

/** What `npm run layers` sees in the `src` of a folder. */
async function cruise(folder: string): Promise<Report> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const rules = join(root, '.dependency-cruiser.cjs');
  const args = [program, 'src', '--config', rules, '--output-type', 'json'];
  const output = await new Promise<string>((resolve, reject) => {
    // It exits with the number of violations; only an answer that is no report is a failure.
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(stderr, { cause: error }));
    });
  });
  return JSON.parse(output) as Report;
}

async function typescriptFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'src'), { recursive: true });
  return entries
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name).replaceAll('\\', '/'));
}

function seen(report: Report): string[] {
  return report.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
}

describe('the layers', () => {
  it('hold: every source file was looked at, and none breaks a rule', async () => {
    const report = await cruise(root);
    const files = await typescriptFiles(root);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => !seen(report).includes(file))).toEqual([]);
    expect(report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
  }, 60_000);
});

/** One file for each rule that breaks it and nothing else. */
const sins = [
  ['kernel-imports-nothing-above', 'src/kernel/sin.ts', '../platform/feature.js'],
  ['platform-knows-only-the-kernel', 'src/platform/sin.ts', '../features/users/users.contract.js'],
  ['toolkits-know-no-feature', 'src/graphql/sin.ts', '../features/users/users.contract.js'],
  ['nobody-imports-the-app', 'src/features/users/sin.ts', '../../app/features.js'],
  ['floor-1-looks-down-only', 'src/features/lockout/upward.ts', '../users/users.contract.js'],
  ['floor-2-looks-down-only', 'src/features/users/upward.ts', '../sessions/sessions.contract.js'],
  ['floor-1-looks-down-only', 'src/features/lockout/sideward.ts', '../challenges/challenges.contract.js'],
  ['every-feature-has-a-floor', 'src/features/sins/sin.service.ts', '../../kernel/clock.js'],
  [
    'features-show-services-entities-types-and-contracts',
    'src/features/login/private.ts',
    '../lockout/counter-keys.js',
  ],
  ['domain-knows-no-graphql', 'src/features/lockout/sin.service.ts', 'type-graphql'],
  ['domain-knows-no-graphql', 'src/features/users/server.service.ts', '@apollo/server'],
  ['domain-knows-no-http', 'src/features/users/sin.service.ts', 'fastify'],
  ['edges-are-wired-by-manifests', 'src/features/lockout/sin.policy.ts', './purge-failure-counters.job.js'],
  ['no-circles', 'src/kernel/circle-back.ts', './circle.js'],
  ['everything-is-found', 'src/kernel/lost.ts', './nowhere.js'],
  ['no-orphans', 'src/kernel/alone.ts', null],
] as const;

describe('a planted sin', () => {
  let folder: string;
  let report: Report;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-layers-'));
    await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
    await cp(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(join(folder, 'src/kernel/circle.ts'), "export type * from './circle-back.js';\n");
    for (const [, file, target] of sins) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      const source = target ? `export type * from '${target}';\n` : 'export const alone = 1;\n';
      await writeFile(join(folder, file), source);
    }
    report = await cruise(folder);
  }, 60_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each(sins)('is caught by the rule %s in %s', (rule, file) => {
    const caught = report.summary.violations.filter(({ from }) => from === file);
    expect(caught.map((violation) => violation.rule.name)).toContain(rule);
  });
});
