import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package: it holds what is neither compiled nor bundled, beside `src` and `dist`. */
export const packageRoot = join(
  dirname(fileURLToPath(import.meta.url)),
  import.meta.url.endsWith('.ts') ? '../..' : '../../..',
);
