import { errors } from './errors.js';
import { isId } from './id.js';

/** What a person brings back from a mail: the token of its link, or its six digits and the id that asking gave. */
export type MailedProof =
  | { readonly token: string }
  | { readonly challengeId: string; readonly code: string };

/** The same as it was sent: any of it may be missing. */
export interface MailedProofInput {
  readonly token?: string | null;
  readonly challengeId?: string | null;
  readonly code?: string | null;
}

const WAYS = 'Give either the token, or the challengeId and the code.';

/** Throws INVALID_INPUT unless the input holds exactly one of the two ways, and all of it. */
export function readMailedProof(input: MailedProofInput): MailedProof {
  const { token = null, code = null } = input;
  const challengeId = input.challengeId?.toLowerCase() ?? null;
  if (token !== null && challengeId === null && code === null) return { token };
  if (token === null && challengeId !== null && code !== null && isId(challengeId)) {
    return { challengeId, code };
  }
  throw errors.INVALID_INPUT({ details: { reasons: [WAYS] } });
}
