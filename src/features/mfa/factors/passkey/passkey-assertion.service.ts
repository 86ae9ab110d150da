import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { isoBase64URL } from '@simplewebauthn/server/helpers';
import type { Caller } from '../../../../kernel/caller.js';
import type { Clock } from '../../../../kernel/clock.js';
import { AuthError } from '../../../../kernel/errors.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import { defineStatement, type Statements } from '../../../../platform/database/statements.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import {
  type BrowserAnswer,
  challengeOf,
  credentialIdOf,
  handleOf,
  readAssertion,
  type RelyingParty,
  userHandleOf,
} from './passkey-answer.js';
import type { ProvedFactor } from '../../factor.js';
import { passkeyCloned } from './passkey.contract.js';
import { Passkey } from './passkey.entity.js';
import { passkeyAmr } from './passkey.policy.js';

/** In seconds: time enough to find a key, and short for somebody who has it answered elsewhere (WebAuthn §15.1). */
export const CEREMONY_SECONDS = 300;

/** What an assertion is for: a challenge issued for one is worth nothing for another. */
export type Occasion =
  /** A sign-in by whoever answers. */
  | { readonly kind: 'login' }
  /** A proof by one user, in one place. */
  | { readonly kind: 'proof'; readonly userId: string; readonly context: string };

/** What `navigator.credentials.get` takes, and until when its answer is good. */
export interface AssertionRequest {
  readonly publicKey: PublicKeyCredentialRequestOptionsJSON;
  readonly expiresAt: Date;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly statements: Statements;
  readonly clock: Clock;
  readonly challenges: ChallengeService;
  readonly relyingParty: RelyingParty;
}

/**
 * One write that judges: of two answers with the same counter, one is right. Authenticators that keep no counter say 0
 * each time (WebAuthn §6.1.1).
 */
const moveCounter = defineStatement<{ readonly id: string }>(
  'passkey-move-counter',
  `update passkeys set counter = $2::bigint, last_used_at = $3
   where id = $1 and (counter < $2::bigint or (counter = 0 and $2::bigint = 0)) returning id`,
);

/** Asks for proofs of passkeys, and judges them: each challenge is good for one answer, right or wrong. */
export class PasskeyAssertionService {
  constructor(private readonly deps: Deps) {}

  /** With `allowed`, one of these must answer; without, whichever the user chooses. */
  async ask(occasion: Occasion, allowed: readonly Passkey[]): Promise<AssertionRequest> {
    const { secret, expiresAt } = await this.deps.challenges.issue({
      ...challengeFor(occasion),
      form: 'token',
      ttlSeconds: CEREMONY_SECONDS,
      ...(occasion.kind === 'proof' ? { slot: occasion.context, data: { context: occasion.context } } : {}),
    });
    const publicKey = await generateAuthenticationOptions({
      rpID: this.deps.relyingParty.rpId,
      challenge: isoBase64URL.toBuffer(secret),
      allowCredentials: allowed.map(({ credentialId: id, transports }) => ({
        id,
        transports: [...transports],
      })),
      timeout: CEREMONY_SECONDS * 1000,
      userVerification: occasion.kind === 'login' ? 'required' : 'preferred',
    });
    return { publicKey, expiresAt };
  }

  /** The passkey that an answer says it was made with, whoever has it. */
  async findAnswering(answer: BrowserAnswer): Promise<Passkey | null> {
    const credentialId = credentialIdOf(answer);
    return credentialId === null ? null : await this.deps.em.fork().findOne(Passkey, { credentialId });
  }

  /**
   * What the answer proves on that occasion, if it was made with that passkey; uses its challenge up in any case. A
   * sign-in asks that the authenticator verified its user, and says who that is. Emits `passkey.cloned` for a counter
   * that did not grow.
   */
  async prove(
    caller: Caller,
    passkey: Passkey | null,
    { answer, occasion }: { answer: BrowserAnswer; occasion: Occasion },
  ): Promise<ProvedFactor | null> {
    const challenge = await this.useUp(answer, occasion);
    if (challenge === null || passkey === null || !mayAnswer(passkey, answer, occasion)) return null;
    const { relyingParty, statements, clock } = this.deps;
    const verifiedUser = occasion.kind === 'login';
    const read = await readAssertion(answer, passkey, { ...relyingParty, challenge, verifiedUser });
    if (!read) return null;
    const values = [passkey.id, read.counter, clock.now().toISOString()];
    if ((await statements.run(moveCounter, values)).length > 0) return provedBy(passkey);
    await this.reportCopy(caller, passkey);
    return null;
  }

  /** The challenge of the answer, which nothing else will be good for; null when it was not one of that occasion. */
  private async useUp(answer: BrowserAnswer, occasion: Occasion): Promise<string | null> {
    const secret = challengeOf(answer);
    if (secret === null) return null;
    try {
      const { purpose, subject } = challengeFor(occasion);
      const { data } = await this.deps.challenges.burn({
        purpose,
        secret,
        ...(subject === null ? {} : { subject }),
      });
      return occasion.kind === 'login' || data['context'] === occasion.context ? secret : null;
    } catch (error) {
      if (error instanceof AuthError && error.code.startsWith('CHALLENGE_')) return null;
      throw error;
    }
  }

  /** Two authenticators seem to have the key, and nobody knows which is the owner's (WebAuthn §7.2 step 22). */
  private async reportCopy(caller: Caller, { id, userId }: Passkey): Promise<void> {
    await this.deps.unitOfWork.run(async ({ em, emit }) => {
      if ((await em.count(Passkey, { id })) === 0) return;
      const subject = { type: 'user', id: userId };
      emit(passkeyCloned, { caller, subject, userId, payload: { factorId: id } });
    });
  }
}

/**
 * Whether that passkey can answer at all. Alone it does only if it verified its user when it was registered: whoever finds
 * a bare security key could give it a PIN of their own (WebAuthn §7.2 step 24, `uvInitialized`). Where nobody was known
 * before, the authenticator must say whose it is; what it says must be true everywhere (step 6).
 */
function mayAnswer({ userId, userVerified }: Passkey, answer: BrowserAnswer, { kind }: Occasion): boolean {
  const handle = userHandleOf(answer);
  if (kind === 'login' && (!userVerified || handle === null)) return false;
  return handle === null || handle === handleOf(userId);
}

function provedBy(passkey: Passkey): ProvedFactor {
  const { id, createdBySessionId, createdByAcr, createdByAmr } = passkey;
  const lineage = { createdBySessionId, createdByAcr, createdByAmr };
  return { kind: 'passkey', id, amr: passkeyAmr(passkey), lineage };
}

function challengeFor(occasion: Occasion): { purpose: string; subject: string | null } {
  return occasion.kind === 'login'
    ? { purpose: 'passkey_login', subject: null }
    : { purpose: 'passkey_proof', subject: occasion.userId };
}
