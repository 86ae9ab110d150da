import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './problem.js';

/**
 * The default export of a module that an operator names in `variable`; the path is taken from where the program was
 * started. Throws ConfigError, which tells what kind of error the module ended in and none of its words.
 */
export async function importOperatorModule(path: string, variable: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href);
    return typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : null;
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'Error';
    const sentence = `must name a module that can be loaded; loading it ended in ${reason}.`;
    throw new ConfigError([{ variable, sentence }]);
  }
}
