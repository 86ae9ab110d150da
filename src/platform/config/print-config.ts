import { Secret } from '../../kernel/secret.js';
import type { Config } from './config.js';

/** The configuration as `name = value` lines, for people. Secrets read `[secret]`. */
export function printConfig(config: Config): string {
  return lines('', config).join('\n');
}

function lines(name: string, value: unknown): string[] {
  if (value instanceof Secret) return [`${name} = [secret]`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    // A list of secrets prints as such: Secret serialises as `[secret]`.
    return [`${name} = ${JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([key, item]) => lines(name === '' ? key : `${name}.${key}`, item));
}
