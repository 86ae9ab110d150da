import { isCommonPassword } from './common-passwords.js';
import { contextWords, isMostlyWords } from './context-words.js';
import { isPattern } from './password-patterns.js';

/** Longer passwords are refused: hashing is bounded, and nobody types 257 characters. */
export const MAX_PASSWORD_LENGTH = 256;

export interface PasswordRules {
  readonly minLength: number;
  readonly requireSymbol: boolean;
  /** Names and addresses of the account and of the product. */
  readonly context: readonly (string | null)[];
}

/** Why a password is refused, as a program tells the reasons apart. */
export const PasswordFaultCode = {
  TOO_SHORT: 'TOO_SHORT',
  TOO_LONG: 'TOO_LONG',
  SYMBOL_MISSING: 'SYMBOL_MISSING',
  COMMON: 'COMMON',
  PATTERN: 'PATTERN',
  PERSONAL: 'PERSONAL',
  LEAKED: 'LEAKED',
} as const;

/** Why a password is refused: for a program, and for a person. */
export interface PasswordFault {
  readonly code: keyof typeof PasswordFaultCode;
  readonly message: string;
}

/** The password was found among leaked ones. */
export const LEAKED: PasswordFault = {
  code: 'LEAKED',
  message: 'It has been made public in a data leak, and is tried by attackers.',
};

/**
 * All that is wrong with a password by itself; empty when it is good. Length counts code points after NFKC.
 * Which kinds of characters it has does not matter, unless a symbol is asked for (NIST SP 800-63B §3.1.1.2,
 * ASVS 6.2.1–6.2.11).
 */
export function passwordFaults(password: string, rules: PasswordRules): PasswordFault[] {
  const text = password.normalize('NFKC');
  const length = [...text].length;
  if (length > MAX_PASSWORD_LENGTH) {
    return [{ code: 'TOO_LONG', message: `It may have at most ${MAX_PASSWORD_LENGTH} characters.` }];
  }
  return [...formFaults(text, length, rules), ...guessFaults(text, rules)];
}

function formFaults(text: string, length: number, { minLength, requireSymbol }: PasswordRules) {
  const faults: PasswordFault[] = [];
  if (length < minLength) {
    faults.push({ code: 'TOO_SHORT', message: `It needs at least ${minLength} characters.` });
  }
  if (requireSymbol && !/[^\p{L}\p{M}\p{N}\p{Z}\s]/u.test(text)) {
    faults.push({
      code: 'SYMBOL_MISSING',
      message: 'It needs a character that is neither letter nor digit nor space.',
    });
  }
  return faults;
}

function guessFaults(text: string, { context }: PasswordRules) {
  const faults: PasswordFault[] = [];
  if (isCommonPassword(text)) {
    faults.push({ code: 'COMMON', message: 'It is a common password, or one with little changed.' });
  }
  if (isPattern(text)) {
    faults.push({ code: 'PATTERN', message: 'It is repeated or follows a sequence.' });
  }
  if (isMostlyWords(text, contextWords(context))) {
    faults.push({
      code: 'PERSONAL',
      message: 'It is little more than a name or address of the account or the product.',
    });
  }
  return faults;
}
