import { LockMode } from '@mikro-orm/core';
import type { Caller } from '../../../../kernel/caller.js';
import { parseEmailAddress } from '../../../../kernel/email-address.js';
import { isId, newId } from '../../../../kernel/id.js';
import { type MailedProof, type MailedProofInput, readMailedProof } from '../../../../kernel/mailed-proof.js';
import { networkOf } from '../../../../kernel/network.js';
import { keyedFingerprint } from '../../../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../../../platform/crypto/keyring.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { UnitOfWork } from '../../../../platform/database/unit-of-work.js';
import type { MailOutbox } from '../../../../platform/mail/mail-outbox.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import { Challenge } from '../../../challenges/challenge.entity.js';
import type { ChallengeService } from '../../../challenges/challenge.service.js';
import { challengeErrors } from '../../../challenges/challenges.contract.js';
import type { SessionTokenService } from '../../../sessions/session-token.service.js';
import { User } from '../../../users/user.entity.js';
import { loginLinkErrors, loginLinkRequested } from './login-link.contract.js';
import { loginLinkMail } from './login-link.mail.js';

const MINUTES = 10;
export const LOGIN_LINK = 'login_link';
export const LOGIN_CODE = 'login_link_code';

/** What both challenges of a mail carry. */
export type SentLogin = {
  /** The address that it was sent to, or would have been: with another one, the account is not opened. */
  readonly email: string;
  /** A fingerprint of the browser that asked; null where none can be recognised again: there the link opens nothing. */
  readonly device: string | null;
  /** The audience of the access token that was asked for; null for this API itself. */
  readonly audience: string | null;
  /** Of a code, the challenge of the link beside it: with the one, the other is used up. */
  readonly linkId: string | null;
};

/** A mail that somebody brings back, before it is judged. */
export interface MailedLogin extends SentLogin {
  readonly proof: MailedProof;
  /** Whom it was sent to: no id of a user, if it was sent to nobody. */
  readonly subject: string;
}

/** What asking for a mail gives. */
export interface PendingLoginLink {
  /** The six digits of the mail are good only together with this id. */
  readonly challengeId: string;
  readonly expiresAt: Date;
  /** The browser that the link is bound to, for its cookie; null where no cookie can be set. */
  readonly deviceId: string | null;
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly challenges: ChallengeService;
  readonly sessionTokens: SessionTokenService;
  readonly mails: MailOutbox;
  readonly keyring: Keyring;
  readonly budgets: { readonly mailRequest: RateLimiter; readonly loginLink: RateLimiter };
  readonly settings: { readonly enabled: boolean };
  /** Where links in mails lead. */
  readonly accountUrl: string;
}

/**
 * Mails a link and a code that sign in. A mail that was stolen opens nothing by itself: the link works in the browser
 * that asked, the code together with an id that only whoever asked has.
 */
export class LoginLinkService {
  constructor(private readonly deps: Deps) {}

  /**
   * Mails link and code to the owner of the address; whoever asks learns nothing about it. Throws LOGIN_LINK_DISABLED,
   * EMAIL_INVALID, AUDIENCE_UNKNOWN and, too often for one address or from one network, RATE_LIMITED.
   *
   * @timing The same work and rows for addresses without an account, or with one that is closed.
   */
  async request(
    caller: Caller,
    { email, audience, canKeepDevice }: { email: string; audience: string | null; canKeepDevice: boolean },
  ): Promise<PendingLoginLink> {
    this.assertEnabled();
    const { budgets, sessionTokens, unitOfWork } = this.deps;
    await budgets.mailRequest.consume(networkOf(caller.ip));
    if (audience !== null) await sessionTokens.resolveAudience(audience);
    const address = parseEmailAddress(email);
    await budgets.loginLink.consume(this.fingerprint('e-mail address', address));
    const deviceId = caller.deviceId ?? (canKeepDevice ? newId() : null);
    const sent = { email: address, device: this.deviceOf(deviceId), audience, linkId: null };
    const code = await unitOfWork.run(async (unit) => await this.issue(unit, caller, sent));
    return { challengeId: code.id, expiresAt: code.expiresAt, deviceId };
  }

  /**
   * Reads what a mail said; uses nothing up and judges no code. Throws LOGIN_LINK_DISABLED, INVALID_INPUT,
   * CHALLENGE_INVALID or CHALLENGE_EXPIRED.
   */
  async find(input: MailedProofInput): Promise<MailedLogin> {
    this.assertEnabled();
    const proof = readMailedProof(input);
    const { subject, data } =
      'token' in proof
        ? await this.deps.challenges.peek<SentLogin>({ purpose: LOGIN_LINK, secret: proof.token })
        : await this.codeOf(proof.challengeId);
    return { ...data, proof, subject: subject ?? '' };
  }

  /** Whether the caller is the browser that asked. */
  isBrowserOf({ device }: SentLogin, { deviceId }: Caller): boolean {
    return device !== null && device === this.deviceOf(deviceId);
  }

  private assertEnabled(): void {
    if (!this.deps.settings.enabled) throw loginLinkErrors.LOGIN_LINK_DISABLED();
  }

  private async codeOf(id: string): Promise<{ subject: string | null; data: SentLogin }> {
    const row = isId(id)
      ? await this.deps.em.fork().findOne(Challenge, { id, purpose: LOGIN_CODE, form: 'code' })
      : null;
    if (!row || row.consumedAt !== null) throw challengeErrors.CHALLENGE_INVALID();
    return { subject: row.subject, data: row.data as SentLogin };
  }

  private async issue(unit: Unit, caller: Caller, sent: SentLogin) {
    const { email } = sent;
    const held = { lockMode: LockMode.PESSIMISTIC_WRITE };
    const user = await unit.em.findOne(User, { email }, held);
    const code = await this.mail(unit, user?.status === 'active' ? user : null, sent);
    unit.emit(loginLinkRequested, {
      caller,
      subject: { type: 'user', id: user?.id ?? 'unknown' },
      userId: user?.id ?? null,
      payload: {},
      personal: { email },
    });
    return code;
  }

  private async mail(unit: Unit, user: User | null, sent: SentLogin) {
    const { challenges, mails, accountUrl } = this.deps;
    const { email, device } = sent;
    const address = this.fingerprint('e-mail address', email);
    // A newer mail ends the one before for the same browser alone: others must not end what the owner has asked for.
    const slot = device === null ? {} : { slot: this.fingerprint('login link slot', `${address} ${device}`) };
    const subject = user?.id ?? `unknown ${address}`;
    const request = { subject, ttlSeconds: MINUTES * 60, ...slot };
    const link = await challenges.issueWithin(unit, {
      ...request,
      purpose: LOGIN_LINK,
      form: 'token',
      data: sent,
    });
    const data: SentLogin = { ...sent, linkId: link.id };
    const code = await challenges.issueWithin(unit, { ...request, purpose: LOGIN_CODE, form: 'code', data });
    const values = { link: `${accountUrl}/login#token=${link.secret}`, code: code.secret, minutes: MINUTES };
    const mail = { definition: loginLinkMail, locale: user?.locale ?? null, values };
    if (user) mails.enqueue(unit, { ...mail, to: email, userId: user.id });
    else mails.enqueueDecoy(unit, mail);
    return code;
  }

  private deviceOf(deviceId: string | null): string | null {
    return deviceId === null ? null : this.fingerprint('login link device', deviceId);
  }

  private fingerprint(what: string, value: string): string {
    return keyedFingerprint(this.deps.keyring, what, value);
  }
}
