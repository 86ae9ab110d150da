import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';
import { announce } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { stampAfter, stampEquals } from './stamp.mjs';

/** The step that compiles `src` to `dist`. */
export function compilation(root, node) {
  const sources = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'src', 'migrations'];
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

  return buildStep({
    folder: root,
    sources,
    words: { doing: 'Compiling', done: 'Compiled' },
    run: () => runCommand(node(), [compiler, '-p', 'tsconfig.build.json'], { name: 'tsc', cwd: root }),
  });
}

/** The step that bundles the browser console to `console/dist`. */
export function consoleBundle(root, node) {
  const folder = join(root, 'console');
  const sources = [
    'index.html',
    'package.json',
    'package-lock.json',
    'public',
    'src',
    'tsconfig.json',
    'vite.config.ts',
  ];
  const bundler = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');

  return buildStep({
    folder,
    sources,
    words: { doing: 'Building the console', done: 'Built the console' },
    run: () =>
      runCommand(node(), [bundler, 'build', '--logLevel', 'error'], {
        name: 'vite',
        cwd: folder,
        quiet: true,
      }),
  });
}

function buildStep({ folder, sources, words, run }) {
  const output = join(folder, 'dist');
  const stamp = join(output, '.build-stamp');
  const wanted = fingerprint(folder, sources);

  return {
    isCurrent: () => stampEquals(stamp, wanted),
    make: () =>
      announce(words, () =>
        stampAfter(stamp, wanted, async () => {
          // What a deleted source left behind must not be found by anything that reads the folder.
          rmSync(output, { recursive: true, force: true });
          mkdirSync(output, { recursive: true });
          await run();
        }),
      ),
  };
}
