import { decodeBase64 } from './phc-base64.js';

/** What an argon2 hash says about itself. */
export interface Argon2Phc {
  readonly type: 'argon2id' | 'argon2i' | 'argon2d';
  readonly memoryKib: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

const PHC =
  /^\$(argon2(?:id|i|d))\$v=19\$([mtp]=\d{1,8}(?:,[mtp]=\d{1,8}){2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/**
 * Reads a PHC string of argon2 version 19 (RFC 9106), its costs in any order: some libraries write `m,p,t`. Null
 * for anything else, and for costs beyond those that an operator may set.
 */
export function parseArgon2(text: string): Argon2Phc | null {
  const match = PHC.exec(text);
  if (!match) return null;
  const [, type = '', costs = '', saltText = '', digestText = ''] = match;
  const [salt, digest] = [decodeBase64(saltText), decodeBase64(digestText)];
  const [m, t, p] = [costOf(costs, 'm'), costOf(costs, 't'), costOf(costs, 'p')];
  if (!isType(type) || !salt || !digest || !isReasonable(m, t, p)) return null;
  return { type, memoryKib: m, timeCost: t, parallelism: p, salt, digest };
}

function costOf(costs: string, name: string): number {
  const named = costs.split(',').find((cost) => cost.startsWith(name));
  return Number(named?.slice(2) ?? 0);
}

function isType(text: string): text is Argon2Phc['type'] {
  return ['argon2id', 'argon2i', 'argon2d'].includes(text);
}

// A row with absurd costs must not be able to exhaust the machine.
function isReasonable(m: number, t: number, p: number): boolean {
  return p >= 1 && p <= 16 && t >= 1 && t <= 20 && m >= 8 * p && m <= 1_048_576;
}
