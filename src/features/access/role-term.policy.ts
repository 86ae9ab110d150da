import type { RoleAssignment } from './role-assignment.entity.js';

/** How long a role is held, who last moved the end of it, and when it was before. */
export type Term = Pick<
  RoleAssignment,
  'expiresAt' | 'extendedBySessionId' | 'extendedByServiceAccountId' | 'expiresBefore'
>;

/** By whom an end is moved. */
export type Mover = Pick<Term, 'extendedBySessionId' | 'extendedByServiceAccountId'>;

/** An end that nobody has moved. */
export function unmoved(expiresAt: Date | null): Term {
  return { expiresAt, extendedBySessionId: null, extendedByServiceAccountId: null, expiresBefore: null };
}

/**
 * `term` with another end. The end that somebody found is kept, however often they move it, so that a role which they
 * shorten and lengthen again is no more theirs than before, and what goes with them is what they have added. What is
 * cut from an extension leaves the rest of it to whoever made it.
 */
export function moveEnd(term: Term, expiresAt: Date | null, mover: Mover): Term {
  const { extendedBySessionId, extendedByServiceAccountId } = term;
  if (mover.extendedBySessionId === null && mover.extendedByServiceAccountId === null)
    return unmoved(expiresAt);
  const again =
    extendedBySessionId === mover.extendedBySessionId &&
    extendedByServiceAccountId === mover.extendedByServiceAccountId;
  const cut =
    isExtended(term) && !isLater(expiresAt, term.expiresAt) && isLater(expiresAt, term.expiresBefore);
  if (cut && !again) return { ...term, expiresAt };
  const expiresBefore = again ? term.expiresBefore : term.expiresAt;
  return expiresBefore?.getTime() === expiresAt?.getTime()
    ? unmoved(expiresAt)
    : { ...mover, expiresAt, expiresBefore };
}

/** Whether somebody has made it longer than it was. */
export function isExtended({ expiresAt, expiresBefore }: Term): boolean {
  return isLater(expiresAt, expiresBefore);
}

/** Whether something that ends at `a` (null: never) outlasts what ends at `b`. */
export function isLater(a: Date | null, b: Date | null): boolean {
  return b !== null && (a === null || a > b);
}
