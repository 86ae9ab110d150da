import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';
import { announce } from './progress.mjs';
import { runNpm } from './run-command.mjs';
import { stampAfter, stampEquals } from './stamp.mjs';

/** The step that brings a package's node_modules in line with its package-lock.json. */
export function installation({ folder, name }) {
  const stamp = join(folder, 'node_modules', '.install-stamp');
  const wanted = fingerprint(folder, ['package-lock.json']);
  const isUpdate = existsSync(stamp) || existsSync(npmList(folder));
  const reason = isUpdate ? 'package-lock.json has changed' : 'first run, about a minute';

  return {
    isCurrent: () => stampEquals(stamp, wanted) || npmInstalledTheLock(folder),
    make: () =>
      announce({ doing: `Installing ${name} (${reason})`, done: `Installed ${name}` }, () =>
        stampAfter(stamp, wanted, () =>
          runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], folder),
        ),
      ),
  };
}

function npmList(folder) {
  return join(folder, 'node_modules', '.package-lock.json');
}

// npm leaves a list of what it installed. It spares whoever ran `npm ci` or `npm install <package>` by hand a
// second install; the stamp is still needed, because other package managers leave no such list.
function npmInstalledTheLock(folder) {
  const installed = packagesOf(npmList(folder));
  if (!installed) return false;
  const wanted = Object.entries(packagesOf(join(folder, 'package-lock.json')) ?? {});
  return wanted.every(
    ([path, entry]) => path === '' || isSame(installed[path], entry) || (entry.optional && !installed[path]),
  );
}

function isSame(installed, wanted) {
  return installed?.version === wanted.version && installed?.integrity === wanted.integrity;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
