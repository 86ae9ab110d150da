import type { UserPrincipal } from '../../../kernel/caller.js';
import { addSeconds } from '../../../kernel/clock.js';
import type { Unit } from '../../../platform/database/unit.js';
import type { MfaService } from '../../mfa/mfa.service.js';
import { Session } from '../../sessions/session.entity.js';
import { factorRemovalErrors } from './factor-removal.contract.js';

/** Whoever takes an admin over who has no factor could enrol one at once. */
const HAD_FOR_HOURS = 24;
/** A code by mail is none: an admin may have changed the address. */
const COUNTING: ReadonlySet<string> = new Set(['totp', 'passkey']);

interface Deps {
  readonly mfa: MfaService;
}

/**
 * Two admins are two people only if one cannot sign in as the other: an admin who sets the password of a colleague must
 * not get any further with it.
 */
export class RemoverFactorService {
  constructor(private readonly deps: Deps) {}

  /** Within the unit of the removal. Throws FACTOR_REMOVAL_NEEDS_FACTOR. */
  async assertProved(unit: Unit, { id: userId, sessionId }: UserPrincipal): Promise<void> {
    const session = await unit.em.findOne(Session, { id: sessionId, revokedAt: null });
    const proved = session?.secondFactorAt != null && session.acr === 'aal2';
    if (!proved || !(await this.hasOldFactor(unit, userId))) {
      throw factorRemovalErrors.FACTOR_REMOVAL_NEEDS_FACTOR();
    }
  }

  private async hasOldFactor(unit: Unit, userId: string): Promise<boolean> {
    const had = addSeconds(unit.now, -HAD_FOR_HOURS * 3600);
    const factors = await this.deps.mfa.factorsWithin(unit, userId);
    return factors.some(({ kind, createdAt }) => COUNTING.has(kind) && createdAt <= had);
  }
}

/**
 * Whether what a session wished for still counts: one that ended in any other way than by signing out, or by itself,
 * was taken from whoever had it. Within a unit that holds its user.
 */
export async function stillCounts({ em }: Unit, sessionId: string | null): Promise<boolean> {
  const session = sessionId === null ? null : await em.findOne(Session, { id: sessionId });
  return session !== null && (session.revokeReason === null || session.revokeReason === 'logout');
}
