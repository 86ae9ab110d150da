import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchemaText } from '../../src/app/print-schema.js';
import { renderConfigurationReference, renderEnvExample } from '../../src/platform/config/reference.js';
import { renderErrors } from './errors.js';
import { renderEvents } from './events.js';
import { renderFloors, renderLayers } from './layers.js';
import { permissionReference, renderPermissions } from './permissions.js';
import { renderPersonalData } from './personal-data.js';
import { withSection } from './sections.js';

/** The top of the repository. */
export const root = join(import.meta.dirname, '../..');

interface GeneratedFile {
  readonly path: string;
  /** The text it should have, given the one it has. */
  render(current: string): string;
}

/** Every file, or part of a file, that is derived from the code (the GraphQL client types have their own tool). */
export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'schema.graphql', render: printSchemaText },
  { path: '.env.example', render: renderEnvExample },
  { path: 'docs/reference/configuration.md', render: renderConfigurationReference },
  { path: 'docs/reference/errors.md', render: renderErrors },
  { path: 'docs/reference/events.md', render: renderEvents },
  { path: 'docs/reference/permissions.md', render: renderPermissions },
  { path: 'docs/reference/personal-data.md', render: renderPersonalData },
  {
    path: 'docs/reference/permissions.json',
    render: () => `${JSON.stringify(permissionReference(), null, 2)}\n`,
  },
  {
    path: 'docs/architecture.md',
    render: (current) =>
      withSection(withSection(current, 'floors', renderFloors(root)), 'layers', renderLayers(root)),
  },
];

/** The files whose text is not the one the code gives, with the text they should have. */
export function driftingFiles(): { path: string; text: string }[] {
  return generatedFiles.flatMap(({ path, render }) => {
    const file = join(root, path);
    const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const text = render(current);
    return text === current ? [] : [{ path, text }];
  });
}
