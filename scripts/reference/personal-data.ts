import { allFeatures } from '../../src/app/features.js';
import { table } from './table.js';

/** The text of `docs/reference/personal-data.md`. */
export function renderPersonalData(): string {
  const rows = allFeatures.flatMap(({ name, personalData = [] }) =>
    personalData.map(({ table: where, about, action, because, export: read }) => [
      `\`${where}\``,
      about,
      action,
      because,
      read ? 'yes' : 'no',
      name,
    ]),
  );
  const lines = [
    '# Personal data',
    '',
    'Generated from the manifests in `src/features/`: every table that can hold something about a person, what an',
    'erasure does with its rows and why, and whether the person finds something of it in their copy (`exportMyData`).',
    'A table that holds nothing about people is not here; a test fails for one that stands in neither list.',
    '',
    ...table(['table', 'what it holds', 'at an erasure', 'because', 'in the copy', 'feature'], rows),
  ];
  return `${lines.join('\n')}\n`;
}
