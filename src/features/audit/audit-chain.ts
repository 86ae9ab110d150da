import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PersonalFacts } from '../../kernel/event.js';

/** The facts of one link, exactly as they are signed. */
export interface ChainedFacts {
  readonly sequence: number;
  readonly eventId: string;
  readonly name: string;
  readonly occurredAt: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorSessionId: string | null;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly userId: string | null;
  readonly payload: unknown;
  readonly personalDigest: string;
  readonly keyId: string;
  readonly previousHash: string;
}

/** What the first link points at. */
export const GENESIS_HASH = '0'.repeat(64);

/**
 * The hash of a link: HMAC-SHA256 over its canonical JSON (RFC 8785). Keyed, so that whoever can write to
 * the database but does not hold the key cannot rewrite history and make it add up again.
 */
export function linkHash(key: Buffer, facts: ChainedFacts): string {
  return createHmac('sha256', key)
    .update(canonicalize(facts) ?? '')
    .digest('hex');
}

/**
 * The commitment to personal facts that the chain holds instead of them. The random salt keeps short facts
 * (an address) from being guessed back once the side row that holds both is erased.
 */
export function personalDigest(salt: string, userId: string | null, facts: PersonalFacts): string {
  return createHash('sha256')
    .update(`${salt}.${canonicalize({ userId, facts }) ?? ''}`)
    .digest('hex');
}
