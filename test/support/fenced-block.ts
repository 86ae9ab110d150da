import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository. */
export const repository = join(import.meta.dirname, '../..');

/** The contents of the fenced blocks of that language in a Markdown file of the repository, in order. */
export function fencedBlocks(file: string, language: string): string[] {
  const text = readFileSync(join(repository, file), 'utf8');
  return [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , contents = '']) => contents);
}
