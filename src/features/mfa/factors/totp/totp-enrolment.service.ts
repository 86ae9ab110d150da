import { renderSVG } from 'uqr';
import type { Caller } from '../../../../kernel/caller.js';
import { addSeconds, type Clock } from '../../../../kernel/clock.js';
import { isId, newId } from '../../../../kernel/id.js';
import { parseLabel } from '../../../../kernel/label.js';
import type { Encryption } from '../../../../platform/crypto/encryption.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { Enroller, EnrolmentService } from '../../enrolment.service.js';
import type { EnrolledFactor } from '../../factor.js';
import { holdAccount } from '../../held-user.js';
import { mfaErrors } from '../../mfa.contract.js';
import { PENDING_SECONDS, Totp } from './totp.entity.js';
import { enrolledTotp } from './totp.factor.js';
import { newTotpSecret, openTotpSecret, otpauthUri, sealTotpSecret, stepOfCode } from './totp-secret.js';

/** Authenticator apps of one account. */
const MOST = 5;
/** The empty margin that a QR code needs around it, in modules (ISO/IEC 18004 §6.3.8). */
const QUIET_ZONE = 4;

/** What an app needs; the secret is shown here and never again. */
export interface PendingTotp {
  readonly factorId: string;
  /** Base32, for who types it. */
  readonly secret: string;
  /** The same as an `otpauth` URI, and as a `data:` URI of an SVG that shows it. */
  readonly uri: string;
  readonly qrSvg: string;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly encryption: Encryption;
  readonly enrolments: EnrolmentService;
  /** What apps show above the code. */
  readonly productName: string;
}

/** Adds authenticator apps to accounts. */
export class TotpEnrolmentService {
  constructor(private readonly deps: Deps) {}

  /**
   * Makes a secret, which is no factor before it is confirmed; one that waited for that is forgotten. Throws what
   * `EnrolmentService.enrollerOf` throws, FACTOR_LIMIT_REACHED, and INVALID_INPUT for a name that is no label.
   */
  async begin(caller: Caller, name: string, attemptToken: string | null): Promise<PendingTotp> {
    const { enrolments, unitOfWork, encryption, productName } = this.deps;
    const label = parseLabel('name', name);
    const { user, lineage } = await enrolments.enrollerOf(caller, 'totp', attemptToken);
    const id = newId();
    const secret = newTotpSecret();
    await unitOfWork.run(async (unit) => {
      await holdAccount(unit, user.id);
      await unit.em.nativeDelete(Totp, { userId: user.id, confirmedAt: null });
      if ((await unit.em.count(Totp, { userId: user.id })) >= MOST) throw mfaErrors.FACTOR_LIMIT_REACHED();
      unit.em.create(Totp, {
        id,
        userId: user.id,
        name: label,
        sealedSecret: sealTotpSecret(encryption, id, secret),
        lastStep: null,
        confirmedAt: null,
        createdAt: unit.now,
        lastUsedAt: null,
        ...lineage,
      });
    });
    const uri = otpauthUri(productName, user.email, secret);
    return { factorId: id, secret, uri, qrSvg: qrCode(uri) };
  }

  /**
   * Makes it a factor by its first code, whose step is used by that. Only the session or sign-in that began it may.
   * Answers the recovery codes when it is the first factor. Throws what `enrollerOf` throws, RATE_LIMITED,
   * FACTOR_NOT_FOUND or FACTOR_REFUSED.
   */
  async confirm(
    caller: Caller,
    { factorId, code, attemptToken }: { factorId: string; code: string; attemptToken: string | null },
  ): Promise<{ factor: EnrolledFactor; recoveryCodes: readonly string[] | null }> {
    const { enrolments, unitOfWork, clock } = this.deps;
    const enroller = await enrolments.enrollerOf(caller, 'totp', attemptToken);
    await enrolments.countTry(enroller);
    const which = this.pending(enroller, factorId);
    const pending = which && (await this.deps.em.fork().findOne(Totp, which));
    if (!pending) throw mfaErrors.FACTOR_NOT_FOUND();
    const secret = openTotpSecret(this.deps.encryption, pending.id, pending.sealedSecret);
    const step = stepOfCode(secret, code, clock.now());
    if (step === null) throw mfaErrors.FACTOR_REFUSED();
    return await unitOfWork.run(async (unit) => {
      await holdAccount(unit, enroller.user.id);
      const totp = await unit.em.findOne(Totp, which);
      if (!totp) throw mfaErrors.FACTOR_NOT_FOUND();
      Object.assign(totp, { confirmedAt: unit.now, lastUsedAt: unit.now, lastStep: step });
      const factor = enrolledTotp(totp);
      const proof = { enroller, factor, amr: ['otp'] };
      return { factor, recoveryCodes: await enrolments.completeWithin(unit, caller, proof) };
    });
  }

  /** By the session that began it: what is planted by one session must not be watered by another. */
  private pending({ user, lineage }: Enroller, factorId: string) {
    const id = factorId.toLowerCase();
    if (!isId(id)) return null;
    const { createdBySessionId } = lineage;
    const since = addSeconds(this.deps.clock.now(), -PENDING_SECONDS);
    return { id, userId: user.id, createdBySessionId, confirmedAt: null, createdAt: { $gt: since } };
  }
}

function qrCode(text: string): string {
  const svg = renderSVG(text, { ecc: 'M', border: QUIET_ZONE });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
