import { UniqueConstraintViolationException } from '@mikro-orm/core';
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/server';
import { isoBase64URL } from '@simplewebauthn/server/helpers';
import type { Caller } from '../../../../kernel/caller.js';
import { AuthError, errors } from '../../../../kernel/errors.js';
import { isId, newId } from '../../../../kernel/id.js';
import { parseLabel } from '../../../../kernel/label.js';
import { keyedFingerprint } from '../../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../../platform/crypto/keyring.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import type { Enroller, EnrolmentService } from '../../enrolment.service.js';
import type { EnrolledFactor } from '../../factor.js';
import { holdAccount } from '../../held-user.js';
import { mfaErrors } from '../../mfa.contract.js';
import {
  ALGORITHMS,
  type BrowserAnswer,
  challengeOf,
  handleOf,
  type NewCredential,
  readRegistration,
  type RelyingParty,
} from './passkey-answer.js';
import { CEREMONY_SECONDS } from './passkey-assertion.service.js';
import { passkeyErrors, passkeyRenamed } from './passkey.contract.js';
import { Passkey } from './passkey.entity.js';
import { enrolledPasskey } from './passkey.factor.js';
import { MAX_PASSKEYS, passkeyAmr } from './passkey.policy.js';

const PURPOSE = 'passkey_registration';

/** What is kept while the browser asks its user. */
type Wish = {
  readonly name: string;
  /** The session that asked, or that the sign-in that asked will have: nobody else may finish it. */
  readonly sessionId: string | null;
};

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly enrolments: EnrolmentService;
  readonly keyring: Keyring;
  readonly relyingParty: RelyingParty;
  /** What authenticators show beside the address of the account. */
  readonly productName: string;
  readonly budgets: {
    /** Registrations that one account may begin. */
    readonly passkeyEnrolment: RateLimiter;
  };
}

/** Adds passkeys to accounts (WebAuthn §7.1), and names them. */
export class PasskeyEnrolmentService {
  constructor(private readonly deps: Deps) {}

  /**
   * What `navigator.credentials.create` takes; one registration of an account is under way at a time. Throws as
   * `EnrolmentService.enrollerOf` does, FACTOR_LIMIT_REACHED, RATE_LIMITED, or INVALID_INPUT for a name that is no label.
   */
  async begin(
    caller: Caller,
    { name, attemptToken }: { name: string; attemptToken: string | null },
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const { em, keyring, budgets, challenges, relyingParty } = this.deps;
    const label = parseLabel('name', name);
    const { user, lineage } = await this.deps.enrolments.enrollerOf(caller, 'passkey', attemptToken);
    await budgets.passkeyEnrolment.consume(keyedFingerprint(keyring, 'budget', user.id));
    const passkeys = await em.fork().find(Passkey, { userId: user.id });
    if (passkeys.length >= MAX_PASSKEYS) throw mfaErrors.FACTOR_LIMIT_REACHED();
    const data: Wish = { name: label, sessionId: lineage.createdBySessionId };
    const request = { purpose: PURPOSE, form: 'token', subject: user.id, replaces: true, data } as const;
    const { secret } = await challenges.issue({ ...request, ttlSeconds: CEREMONY_SECONDS });
    return await generateRegistrationOptions({
      rpName: this.deps.productName,
      rpID: relyingParty.rpId,
      userID: isoBase64URL.toBuffer(handleOf(user.id)),
      userName: user.email,
      userDisplayName: user.displayName ?? user.email,
      challenge: isoBase64URL.toBuffer(secret),
      timeout: CEREMONY_SECONDS * 1000,
      attestationType: 'none',
      // One authenticator, one passkey: a second one would take the place of the first in it.
      excludeCredentials: passkeys.map(({ credentialId: id, transports }) => ({
        id,
        transports: [...transports],
      })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
  }

  /**
   * Writes down the passkey that the browser has made, and answers the recovery codes if it is the first factor of the
   * account. Throws as `begin` does, PASSKEY_REFUSED or PASSKEY_TAKEN. The challenge is used up in any case.
   */
  async confirm(
    caller: Caller,
    { answer, attemptToken }: { answer: BrowserAnswer; attemptToken: string | null },
  ): Promise<{ factor: EnrolledFactor; recoveryCodes: readonly string[] | null }> {
    const enroller = await this.deps.enrolments.enrollerOf(caller, 'passkey', attemptToken);
    const { name, challenge } = await this.useUp(answer, enroller);
    const credential = await readRegistration(answer, { ...this.deps.relyingParty, challenge });
    if (!credential) throw passkeyErrors.PASSKEY_REFUSED();
    return await this.deps.unitOfWork.run(async (unit) => {
      const passkey = await this.write(unit, enroller, { ...credential, name });
      const factor = enrolledPasskey(passkey);
      const enrolled = { enroller, factor, amr: passkeyAmr(passkey) };
      const recoveryCodes = await this.deps.enrolments.completeWithin(unit, caller, enrolled);
      return { factor, recoveryCodes };
    });
  }

  /** Throws FACTOR_NOT_FOUND for what is no passkey of the caller, and INVALID_INPUT for a name that is no label. */
  async rename(
    caller: Caller,
    { factorId, name }: { factorId: string; name: string },
  ): Promise<EnrolledFactor> {
    const { principal } = caller;
    if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
    const label = parseLabel('name', name);
    const id = factorId.toLowerCase();
    return await this.deps.unitOfWork.run(async (unit) => {
      const own = { id, userId: principal.id };
      const passkey = isId(id) ? await unit.em.findOne(Passkey, own) : null;
      if (!passkey) throw mfaErrors.FACTOR_NOT_FOUND();
      passkey.name = label;
      const subject = { type: 'user', id: principal.id };
      unit.emit(passkeyRenamed, { caller, subject, userId: principal.id, payload: { factorId: id } });
      return enrolledPasskey(passkey);
    });
  }

  private async useUp(
    answer: BrowserAnswer,
    { user, lineage }: Enroller,
  ): Promise<Wish & { challenge: string }> {
    const challenge = challengeOf(answer);
    if (challenge === null) throw passkeyErrors.PASSKEY_REFUSED();
    try {
      const proof = { purpose: PURPOSE, secret: challenge, subject: user.id };
      const { data } = await this.deps.challenges.burn<Wish>(proof);
      if (data.sessionId !== lineage.createdBySessionId) throw passkeyErrors.PASSKEY_REFUSED();
      return { ...data, challenge };
    } catch (error) {
      const isChallenge = error instanceof AuthError && error.code.startsWith('CHALLENGE_');
      throw isChallenge ? passkeyErrors.PASSKEY_REFUSED({ cause: error }) : error;
    }
  }

  private async write(
    unit: Unit,
    { user, lineage }: Enroller,
    credential: NewCredential & { readonly name: string },
  ): Promise<Passkey> {
    await holdAccount(unit, user.id);
    if ((await unit.em.count(Passkey, { userId: user.id })) >= MAX_PASSKEYS) {
      throw mfaErrors.FACTOR_LIMIT_REACHED();
    }
    const passkey = unit.em.create(Passkey, {
      id: newId(),
      userId: user.id,
      ...credential,
      ...lineage,
      createdAt: unit.now,
      lastUsedAt: null,
    });
    try {
      await unit.em.flush();
    } catch (error) {
      // WebAuthn §7.1 step 26: whoever has it already keeps it.
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw passkeyErrors.PASSKEY_TAKEN({ cause: error });
    }
    return passkey;
  }
}
