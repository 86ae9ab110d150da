import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { PermissionCatalogue } from '../../kernel/permission.js';
import { ConfigError } from '../../platform/config/problem.js';

/** A permission, and who declares it. */
export interface DeclaredPermission {
  readonly name: string;
  readonly description: string;
  /** Declared by the product; otherwise by its operators. */
  readonly builtIn: boolean;
}

const NAME = /^[a-z]+(_[a-z]+)*:[a-z]+(_[a-z]+)*$/;

const permissionsFile = z
  .array(
    z.strictObject({
      name: z.string().max(100).regex(NAME),
      description: z.string().trim().min(1).max(500),
    }),
  )
  .max(1_000);

/**
 * Every permission that a role can allow, by their names: those of the product, and those in the operators' file, if
 * there is one. Throws ConfigError: a role that names a permission which is not there would allow less than it says.
 */
export async function loadPermissions(
  path: string | null,
  catalogues: readonly PermissionCatalogue[],
): Promise<readonly DeclaredPermission[]> {
  const ours = catalogues
    .flatMap((catalogue) => Object.entries(catalogue))
    .map(([name, description]) => ({ name, description, builtIn: true }));
  const theirs = path === null ? [] : await read(path);
  const all = [...ours, ...theirs.map((each) => ({ ...each, builtIn: false }))];
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw problem(`names a file that declares "${twice}", which is declared already.`);
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function read(path: string): Promise<z.infer<typeof permissionsFile>> {
  const result = permissionsFile.safeParse(await parse(path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? ` Look at ${issue.path.join('.')}.` : '';
  throw problem(
    'must name a JSON file with `[{ "name", "description" }]`, the names written `resource:action` in lower-case ' +
      `letters and \`_\`.${where}`,
  );
}

async function parse(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'Error';
    throw problem(`must name a JSON file that can be read; reading it ended in ${reason}.`);
  }
}

function problem(sentence: string): ConfigError {
  return new ConfigError([{ variable: 'AUTH_PERMISSIONS_FILE', sentence }]);
}
