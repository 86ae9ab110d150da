import type { Config } from '../../src/platform/config/config.js';
import { loadConfig } from '../../src/platform/config/load-config.js';
import { deepFreeze } from '../../src/platform/config/deep-freeze.js';

/** Any part of a Config; what has a `kind` is given whole. */
export type ConfigOverrides = {
  readonly [Part in keyof Config]?: Config[Part] extends { kind: string } | readonly unknown[] | string
    ? Config[Part]
    : Partial<Config[Part]>;
};

/** A Config for tests: nothing on disk, any port, fixed secrets, silent, and the cheapest legal password hash. */
export function testConfig(overrides: ConfigOverrides = {}): Config {
  const base = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    AUTH_PUBLIC_URL: 'http://localhost:3000',
    AUTH_DATA_DIR: 'memory://',
    AUTH_ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdef',
    AUTH_JWT__SECRET: 'test-cookie-signing-0123456789-abcdef',
    AUTH_PASSWORD_HASH_MEMORY_KIB: '1024',
    AUTH_PASSWORD_HASH_TIME: '1',
    AUTH_LOG_LEVEL: 'silent',
  });
  const parts = Object.entries(overrides).map(([name, part]) => [
    name,
    merged(Reflect.get(base, name), part),
  ]);
  return deepFreeze({ ...base, ...Object.fromEntries(parts) });
}

function merged(part: unknown, override: unknown): unknown {
  const isSection = typeof part === 'object' && part !== null && !Array.isArray(part) && !('kind' in part);
  return isSection ? { ...part, ...Object(override) } : override;
}
