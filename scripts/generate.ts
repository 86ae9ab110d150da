// `npm run generate`: writes every file that is derived from the code. With `--check` it writes nothing, names
// the files that differ and exits 1.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { driftingFiles, root } from './reference/generated-files.js';

const check = process.argv.includes('--check');
const drifting = driftingFiles();
for (const { path, text } of drifting) {
  if (!check) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  process.stdout.write(
    check ? `${path} differs from the code; run \`npm run generate\`.\n` : `wrote ${path}\n`,
  );
}
if (drifting.length === 0) process.stdout.write('Every generated file is up to date.\n');
process.exitCode = check && drifting.length > 0 ? 1 : 0;
