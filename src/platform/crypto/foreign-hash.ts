import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { verify as verifyArgon2 } from 'argon2';
import { parseArgon2 } from './argon2-phc.js';
import { type PasswordCheck, readDerivedKey } from './derived-key-hash.js';

/** Of an argon2 hash, memory times passes: about a second on one core. */
const MAX_ARGON2_WORK_KIB = 1_048_576;
const MAX_ARGON2_MEMORY_KIB = 262_144;

/**
 * Costs 4 to 14, about a second on one core. The last characters of salt and digest carry 4 and 6 bits, or 2 and
 * 4 of them: other spellings are no output of bcrypt, and match nothing.
 */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

/**
 * Whether a hash of another system can be verified here, at a cost that a sign-in may have (about a second and
 * 256 MiB). Base64 has no padding but Django's; a salt has 8 to 64 bytes, a digest 16 to 64. These are:
 *
 * - argon2: `$argon2id$v=19$m=…,t=…,p=…$salt$digest`, also `argon2i` and `argon2d`, m × t up to 1 GiB;
 * - bcrypt: `$2a$`, `$2b$` or `$2y$`, cost 4 to 14;
 * - scrypt: `$scrypt$ln=…,r=…,p=…$salt$digest`, and Django's `scrypt$N$salt$r$p$digest`, N × r × p up to 2^22;
 * - PBKDF2: `$pbkdf2-sha256$i=…$salt$digest` (with `,l=…` or without; also `sha512`, `sha1`), passlib's
 *   `$pbkdf2-sha256$rounds$salt$digest` (`$pbkdf2$` is SHA-1), and Django's `pbkdf2_sha256$rounds$salt$digest`
 *   (also `pbkdf2_sha1`), up to 3,000,000 rounds.
 */
export function isImportableHash(text: string): boolean {
  const argon2 = parseArgon2(text);
  if (!argon2) return readHash(text) !== null;
  const { memoryKib, timeCost } = argon2;
  return memoryKib <= MAX_ARGON2_MEMORY_KIB && memoryKib * timeCost <= MAX_ARGON2_WORK_KIB;
}

/** How to try passwords against a hash, ours or one of those above; null when it is none of them. */
export function readHash(text: string): PasswordCheck | null {
  if (parseArgon2(text)) return async (password) => await verifyArgon2(text, password);
  if (BCRYPT.test(text)) return async (password) => await matchesBcrypt(text, password);
  return readDerivedKey(text);
}

// Bcrypt reads a password with its closing NUL over and over: `a` and `a NUL a` would be one. Of longer ones it
// reads 72 bytes, here as where the hash was made.
async function matchesBcrypt(text: string, password: string): Promise<boolean> {
  return !password.includes('\0') && (await verifyBcrypt(password, text));
}
