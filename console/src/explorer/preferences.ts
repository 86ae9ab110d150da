import type { Storage } from '@graphiql/toolkit';

const prefix = 'graphiql:';
const kept = new Set(['theme', 'visiblePlugin', 'docExplorerFlex', 'editorFlex', 'secondaryEditorFlex']);

/**
 * What GraphiQL may remember. The look of the page goes to the browser's storage; tabs and history stay in
 * memory, because people type passwords and tokens into the operations of an identity service.
 */
export function createPreferences(): Storage {
  const forgotten = new Map<string, string>();

  return {
    getItem: (key) => (isKept(key) ? localStorage.getItem(key) : (forgotten.get(key) ?? null)),
    setItem: (key, value) => {
      if (isKept(key)) localStorage.setItem(key, value);
      else forgotten.set(key, value);
    },
    removeItem: (key) => {
      localStorage.removeItem(key);
      forgotten.delete(key);
    },
    clear: () => {
      for (const name of kept) localStorage.removeItem(prefix + name);
      forgotten.clear();
    },
    get length() {
      return forgotten.size + localStorage.length;
    },
  };
}

function isKept(key: string): boolean {
  return kept.has(key.replace(prefix, ''));
}
