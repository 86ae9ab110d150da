/** Longer passwords are refused: hashing is bounded, and nobody types 257 characters. */
export const MAX_PASSWORD_LENGTH = 256;

/** Why a password is refused; empty when it is good. Length counts code points after NFKC (NIST SP 800-63B). */
export function passwordFaults(password: string, { minLength }: { readonly minLength: number }): string[] {
  const length = [...password.normalize('NFKC')].length;
  if (length < minLength) return [`It needs at least ${minLength} characters.`];
  if (length > MAX_PASSWORD_LENGTH) return [`It may have at most ${MAX_PASSWORD_LENGTH} characters.`];
  return [];
}
