/** Longer passwords are refused: hashing is bounded, and nobody types 257 characters. */
export const MAX_PASSWORD_LENGTH = 256;

export interface PasswordRules {
  readonly minLength: number;
  readonly requireSymbol: boolean;
  readonly context: readonly (string | null)[];
}

/** Why a password is refused: for a program, and for a person. */
export interface PasswordFault {
  readonly code: 'TOO_SHORT' | 'TOO_LONG' | 'NO_SYMBOL' | 'COMMON' | 'PATTERN' | 'PERSONAL' | 'LEAKED';
  readonly message: string;
}

/** Empty when the password is good. Length counts code points after NFKC (NIST SP 800-63B). */
export function passwordFaults(password: string, { minLength }: PasswordRules): PasswordFault[] {
  const length = [...password.normalize('NFKC')].length;
  if (length < minLength) {
    return [{ code: 'TOO_SHORT', message: `It needs at least ${minLength} characters.` }];
  }
  if (length > MAX_PASSWORD_LENGTH) {
    return [{ code: 'TOO_LONG', message: `It may have at most ${MAX_PASSWORD_LENGTH} characters.` }];
  }
  return [];
}
