import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** The floors as `.dependency-cruiser.cjs` enforces them, quoted. */
export function renderFloors(root: string): string {
  const rules = readFileSync(join(root, '.dependency-cruiser.cjs'), 'utf8');
  const [quoted] = /^const floors = \[\n[\s\S]*?^\];$/m.exec(rules) ?? [];
  if (quoted === undefined) throw new Error('.dependency-cruiser.cjs declares no floors.');
  return `\`\`\`js\n${quoted}\n\`\`\``;
}

/**
 * The folders of `src/` and who imports whom, as a mermaid picture read from the imports themselves. An arrow
 * that follows from two others is left out. Throws when folders import each other in a circle.
 */
export function renderLayers(root: string): string {
  const graph = importsOfFolders(root);
  const arrows = [...graph].flatMap(([from, targets]) =>
    [...targets].filter((to) => !isImplied(graph, from, to)).map((to) => `  ${id(from)} --> ${id(to)}`),
  );
  const nodes = [...graph.keys()].map((name) => `  ${id(name)}["${name}"]`);
  return ['```mermaid', 'flowchart TD', ...nodes, ...arrows.toSorted(), '```'].join('\n');
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function importsOfFolders(root: string): Graph {
  const files = globSync('src/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted();
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const from = folderOf(file);
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const [, specifier = ''] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const to = folderOf(posix.join(dirname(file), specifier));
      if (to !== from) targets.add(to);
    }
  }
  return graph;
}

/** `features/sessions` for a file of a feature, `platform` for one of the platform, `main.ts` for itself. */
function folderOf(file: string): string {
  const [, first = '', second = ''] = file.split('/');
  return first === 'features' ? `features/${second}` : first.replace(/\.js$/, '.ts');
}

/** Whether `from` reaches `to` over some other folder as well. */
function isImplied(graph: Graph, from: string, to: string): boolean {
  return [...(graph.get(from) ?? [])].some((next) => next !== to && reaches(graph, next, to, [from]));
}

function reaches(graph: Graph, from: string, to: string, path: readonly string[]): boolean {
  if (path.includes(from)) throw new Error(`Folders import each other: ${[...path, from].join(' → ')}.`);
  return [...(graph.get(from) ?? [])].some(
    (next) => next === to || reaches(graph, next, to, [...path, from]),
  );
}

function id(name: string): string {
  return name.replaceAll(/[^a-z]/g, '_');
}
