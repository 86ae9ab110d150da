import { crc32 } from 'node:zlib';
import type { Config } from '../../platform/config/config.js';
import { API_KEY_PREFIX } from './api-keys.contract.js';

/** Which kind of deployment a key belongs to, so that nobody tries one of the wrong kind without noticing. */
export type KeyEnvironment = 'live' | 'dev' | 'test';

/** The parts have fixed lengths: the secret may hold the separator. */
const SHAPE = /^(lk_(live|dev|test)_([0-9a-f]{32})_([A-Za-z0-9_-]{43}))_([0-9a-f]{8})$/;

/** What a key says before anybody is asked whether it is true. */
export interface ApiKeyText {
  readonly environment: string;
  readonly id: string;
  readonly secret: string;
}

/** The environment in keys of this deployment. */
export function keyEnvironmentOf(environment: Config['environment']): KeyEnvironment {
  return ({ production: 'live', development: 'dev', test: 'test' } as const)[environment];
}

/** `lk_<environment>_<id>_<secret>_<checksum>`: the id as 32 hexadecimal digits, the secret in base64url. */
export function writeApiKey({ environment, id, secret }: ApiKeyText): string {
  const body = `${API_KEY_PREFIX}${environment}_${id.replaceAll('-', '')}_${secret}`;
  return `${body}_${checksumOf(body)}`;
}

/** The parts of a key, or null when it is none or was mistyped. */
export function readApiKey(text: string): ApiKeyText | null {
  const [, body, environment, digits, secret, checksum] = SHAPE.exec(text) ?? [];
  if (body === undefined || environment === undefined || digits === undefined || secret === undefined)
    return null;
  if (checksumOf(body) !== checksum) return null;
  return { environment, id: digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), secret };
}

/** From where to where the id stands in a key of that environment. */
export function idPlaceOf(environment: KeyEnvironment): readonly [number, number] {
  const begin = API_KEY_PREFIX.length + environment.length + 1;
  return [begin, begin + 32];
}

/** Finds slips of whoever copies a key, and nothing else: anybody can compute it. */
function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
