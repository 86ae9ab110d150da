import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeBase64 } from './phc-base64.js';

const deriveByPbkdf2 = promisify(pbkdf2);
const deriveByScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Tries a password, character for character. */
export type PasswordCheck = (password: string) => Promise<boolean>;

/** Reads one part of a hash, by the name of its group; empty when it is not there. */
type Part = (name: string) => string;

interface Stored {
  readonly salt: Buffer;
  readonly digest: Buffer;
}

/** N × r × p: about a second on one core. */
const MAX_SCRYPT_WORK = 2 ** 22;
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
/** Rounds of HMAC, over all blocks of the key: about a second on one core. */
const MAX_PBKDF2_ROUNDS = 3_000_000;
const HMAC_BYTES = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
]);

const FORMS: readonly { readonly pattern: RegExp; read(part: Part): PasswordCheck | null }[] = [
  {
    // PHC, which is passlib's as well.
    pattern:
      /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,3}),p=(?<p>\d{1,2})\$(?<salt>[\w+/]+)\$(?<digest>[\w+/]+)$/,
    read: (part) => scryptCheck(2 ** Number(part('ln')), part, storedOf(decodeBase64(part('salt')), part)),
  },
  {
    // Django
    pattern:
      /^scrypt\$(?<N>\d{1,7})\$(?<salt>[!-#%-~]+)\$(?<r>\d{1,3})\$(?<p>\d{1,2})\$(?<digest>[\w+/]+)={0,2}$/,
    read: (part) => scryptCheck(Number(part('N')), part, storedOf(Buffer.from(part('salt')), part)),
  },
  {
    // PHC, and passlib's, which has the bare rounds, `.` for `+`, and no name for SHA-1.
    pattern:
      /^\$pbkdf2(?:-(?<hmac>\w+))?\$(?:i=)?(?<rounds>\d{1,7})(?:,l=(?<length>\d{1,3}))?\$(?<salt>[\w+/.]+)\$(?<digest>[\w+/.]+)$/,
    read: (part) => pbkdf2Check(part('hmac') || 'sha1', part, storedOf(decodeBase64(part('salt')), part)),
  },
  {
    // Django
    pattern:
      /^pbkdf2_(?<hmac>sha1|sha256)\$(?<rounds>\d{1,7})\$(?<salt>[!-#%-~]+)\$(?<digest>[\w+/]+)={0,2}$/,
    read: (part) => pbkdf2Check(part('hmac'), part, storedOf(Buffer.from(part('salt')), part)),
  },
];

/** Reads a hash of scrypt (RFC 7914) or PBKDF2 (RFC 8018); null for any other text, and for absurd costs. */
export function readDerivedKey(text: string): PasswordCheck | null {
  for (const { pattern, read } of FORMS) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return read((name) => groups[name] ?? '');
  }
  return null;
}

function storedOf(salt: Buffer | null, part: Part): Stored | null {
  const digest = decodeBase64(part('digest'));
  if (!salt || !digest) return null;
  const isSized = salt.length >= 8 && salt.length <= 64 && digest.length >= 16 && digest.length <= 64;
  return isSized ? { salt, digest } : null;
}

function scryptCheck(N: number, part: Part, stored: Stored | null): PasswordCheck | null {
  const [r, p] = [Number(part('r')), Number(part('p'))];
  const bytes = 128 * r * (N + p + 2);
  // RFC 7914 §2: N is a power of 2, and less than 2^(128 r / 8).
  const isLegal = N >= 2 && Number.isInteger(Math.log2(N)) && N < 2 ** (16 * r) && r * p >= 1;
  if (!stored || !isLegal || N * r * p > MAX_SCRYPT_WORK || bytes > MAX_SCRYPT_BYTES) return null;
  const { salt, digest } = stored;
  return async (password) => {
    const key = await deriveByScrypt(password, salt, digest.length, { N, r, p, maxmem: bytes + 1024 });
    return timingSafeEqual(key, digest);
  };
}

function pbkdf2Check(hmac: string, part: Part, stored: Stored | null): PasswordCheck | null {
  const [rounds, hmacBytes] = [Number(part('rounds')), HMAC_BYTES.get(hmac)];
  if (!stored || hmacBytes === undefined) return null;
  const { salt, digest } = stored;
  const length = part('length');
  const isWork = rounds >= 1 && rounds * Math.ceil(digest.length / hmacBytes) <= MAX_PBKDF2_ROUNDS;
  if (!isWork || (length !== '' && Number(length) !== digest.length)) return null;
  return async (password) => {
    const key = await deriveByPbkdf2(password, salt, rounds, digest.length, hmac);
    return timingSafeEqual(key, digest);
  };
}
