import { systemCaller } from '../../../../kernel/caller.js';
import { isId } from '../../../../kernel/id.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { User } from '../../../users/user.entity.js';
import type {
  EnrolledFactor,
  FactorAnswer,
  FactorChallenge,
  ProofContext,
  ProvedFactor,
  SecondFactor,
} from '../../factor.js';
import { mfaErrors } from '../../mfa.contract.js';
import type { PasskeyAssertionService } from './passkey-assertion.service.js';
import { Passkey } from './passkey.entity.js';

interface Deps {
  readonly em: EntityManager;
  readonly passkeyAssertions: PasskeyAssertionService;
}

/** Passkeys and security keys as a second factor, with or without a PIN (WebAuthn Level 3). */
export class PasskeyFactor implements SecondFactor {
  readonly kind = 'passkey';

  constructor(private readonly deps: Deps) {}

  async listOf(em: EntityManager, userIds: readonly string[]): Promise<EnrolledFactor[]> {
    const passkeys = await em.find(Passkey, { userId: { $in: [...userIds] } }, { orderBy: { id: 'asc' } });
    return passkeys.map(enrolledPasskey);
  }

  async challenge({ id: userId }: User, context: ProofContext): Promise<FactorChallenge> {
    const allowed = await this.deps.em.fork().find(Passkey, { userId });
    if (allowed.length === 0) throw mfaErrors.FACTOR_UNAVAILABLE();
    const occasion = { kind: 'proof', userId, context } as const;
    const { publicKey, expiresAt } = await this.deps.passkeyAssertions.ask(occasion, allowed);
    return { kind: this.kind, hint: null, challengeId: null, publicKey: { ...publicKey }, expiresAt };
  }

  async verify(
    { id: userId }: User,
    { credential: answer }: FactorAnswer,
    context: ProofContext,
  ): Promise<ProvedFactor | null> {
    if (!answer) return null;
    const { passkeyAssertions } = this.deps;
    const answering = await passkeyAssertions.findAnswering(answer);
    const passkey = answering?.userId === userId ? answering : null;
    const occasion = { kind: 'proof', userId, context } as const;
    // A copy is reported in the name of the product: who answered stands in the row of the refusal.
    return await passkeyAssertions.prove(systemCaller(), passkey, { answer, occasion });
  }

  async removeWithin({ em }: Unit, userId: string, ids?: readonly string[]): Promise<string[]> {
    const chosen = ids ? { userId, id: { $in: ids.filter(isId) } } : { userId };
    const passkeys = await em.find(Passkey, chosen);
    await em.nativeDelete(Passkey, chosen);
    return passkeys.map(({ id }) => id);
  }
}

/** A passkey, as every kind of factor is described. */
export function enrolledPasskey(passkey: Passkey): EnrolledFactor {
  const { id, userId, name, createdAt, lastUsedAt } = passkey;
  const { createdBySessionId, createdByAcr, createdByAmr } = passkey;
  const lineage = { createdBySessionId, createdByAcr, createdByAmr };
  return { id, userId, kind: 'passkey', name, hint: null, createdAt, lastUsedAt, ...lineage };
}
