import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../../../platform/config/problem.js';
import type { LoginPolicy } from './login-demands.contract.js';

/** The operator's policy, or null where there is none. Throws ConfigError: without it nobody may be let in. */
export async function loadLoginPolicy(path: string | null): Promise<LoginPolicy | null> {
  if (path === null) return null;
  const policy = await importDefault(path);
  if (!isPolicy(policy)) throw problem('must name a module whose default export is a function.');
  return policy;
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href);
    return typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'default') : null;
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'Error';
    throw problem(`must name a module that can be loaded; loading it ended in ${reason}.`);
  }
}

function isPolicy(value: unknown): value is LoginPolicy {
  return typeof value === 'function';
}

function problem(sentence: string): ConfigError {
  return new ConfigError([{ variable: 'AUTH_LOGIN_POLICY_MODULE', sentence }]);
}
