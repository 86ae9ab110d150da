import { contradictions } from './contradictions.js';
import { productionRules } from './production.js';
import type { Rule } from './rule.js';
import type { Setting } from './setting.js';
import { groupTitles, settings } from './settings.js';

/** The text of `.env.example`: every variable, commented out, with what it means and its default. */
export function renderEnvExample(): string {
  const groups = groupsInOrder().map(({ title, members }) =>
    [`# --- ${title}`, ...members.map(exampleOf)].join('\n\n'),
  );
  const heading = [
    '# Everything has a default outside production: set only what you want otherwise.',
    '# Generate a secret with: openssl rand -base64 32',
  ].join('\n');
  return `${[heading, ...groups].join('\n\n')}\n`;
}

/** The text of `docs/reference/configuration.md`. */
export function renderConfigurationReference(): string {
  const parts = [
    '# Configuration',
    'The server is configured by environment variables alone. It reads them once, at start, and reports every',
    'problem at once. An empty variable counts as not set. Generated from `src/platform/config/`.',
    ...groupsInOrder().flatMap(({ title, members }) => ['', `## ${title}`, '', ...table(members)]),
    ...refusals('Refused in every environment', contradictions),
    ...refusals('Refused in production', productionRules),
  ];
  return `${parts.join('\n')}\n`;
}

function groupsInOrder(): { title: string; members: Setting<unknown>[] }[] {
  return Object.entries(settings).map(([group, members]) => ({
    title: Object.entries(groupTitles).find(([name]) => name === group)?.[1] ?? group,
    members: Object.values<Setting<unknown>>(members),
  }));
}

function exampleOf(setting: Setting<unknown>): string {
  const fallback =
    setting.default === null ? `Not set: ${setting.otherwise}.` : `Default: ${inWords(setting)}.`;
  const value = setting.reader.secret ? '' : (setting.example ?? setting.default ?? '');
  const comment = `# ${setting.about} ${fallback}`.replaceAll('`', '');
  return `${comment}\n# ${setting.env}=${value}`;
}

function table(members: readonly Setting<unknown>[]): string[] {
  const rows = members.map((setting) => {
    const { env, reader, about } = setting;
    return `| \`${env}\` | ${[about, reader.expects, inWords(setting)].map(cell).join(' | ')} |`;
  });
  return ['| variable | meaning | must be | default |', '|---|---|---|---|', ...rows];
}

function inWords(setting: Setting<unknown>): string {
  if (setting.default === null) return setting.otherwise ?? '';
  return setting.default === '' ? 'empty' : `\`${setting.default}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function refusals(title: string, rules: readonly Rule[]): string[] {
  const sentences = rules.map(({ variable, sentence }) => `- \`${variable}\` ${sentence}`);
  return ['', `## ${title}`, '', ...sentences];
}
