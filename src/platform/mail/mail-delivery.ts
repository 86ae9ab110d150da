import type { Logger } from 'pino';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { Encryption } from '../crypto/encryption.js';
import type { Statements } from '../database/statements.js';
import { MAX_ATTEMPTS, retryDelaySeconds } from './mail-retries.js';
import { type ClaimedMail, DELIVERED, GIVE_UP, RETRY } from './mail-statements.js';
import type { MailTexts } from './mail-texts.js';
import { MailDeliveryError, type Mailer, MailRefusedError } from './mailer.js';
import { openMail } from './sealed-mail.js';

export interface MailDeliveryDeps {
  readonly statements: Statements;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly texts: MailTexts;
}

/** Why an attempt failed: a word of ours or a reply code, never text of the mail server. */
interface Failure {
  readonly reason: string;
  /** Whether another attempt would fail as well. */
  readonly forGood: boolean;
}

/** One attempt at one claimed mail, and what becomes of its row. */
export class MailDelivery {
  constructor(private readonly deps: MailDeliveryDeps) {}

  /**
   * Hands the mail over and deletes its row; puts it off when the mail server wants that, and gives it up when
   * it never will be sent. `stopping`, when it aborts, makes the mail due at once for whoever comes next.
   */
  async deliver(mail: ClaimedMail, stopping: AbortSignal): Promise<void> {
    const failure = await this.attempt(mail, stopping);
    if (failure === null) {
      await this.deps.statements.run(DELIVERED, [mail.id]);
    } else if (stopping.aborted) {
      await this.putOff(mail, 'stopped', 0);
    } else if (failure.forGood || mail.attempts >= MAX_ATTEMPTS) {
      await this.giveUp(mail, failure.reason);
    } else {
      await this.putOff(mail, failure.reason, retryDelaySeconds(mail.attempts, mail.id));
    }
  }

  private async attempt({ id, kind, sealed }: ClaimedMail, stopping: AbortSignal): Promise<Failure | null> {
    let reason = 'unreadable';
    try {
      const { to, locale, values } = openMail(this.deps.encryption, id, sealed);
      reason = 'unwritable';
      // Also for a decoy: what is sent to nobody costs the same work.
      const message = this.deps.texts.render(kind, locale, values);
      reason = 'failed';
      if (to !== null) await this.deps.mailer.send({ to, ...message, key: id }, stopping);
      return null;
    } catch (error) {
      if (error instanceof MailDeliveryError) return { reason: error.reason, forGood: error.permanent };
      if (reason !== 'failed') return { reason, forGood: true };
      return error instanceof MailRefusedError
        ? { reason: 'refused', forGood: true }
        : { reason, forGood: false };
    }
  }

  private async putOff({ id, kind, attempts }: ClaimedMail, reason: string, seconds: number): Promise<void> {
    const { statements, clock, logger } = this.deps;
    const dueAt = addSeconds(clock.now(), seconds).toISOString();
    await statements.run(RETRY, [id, dueAt, reason, attempts]);
    logger.warn({ mail: id, kind, attempts, reason }, 'a mail was not sent; it will be tried again');
  }

  private async giveUp({ id, kind, attempts }: ClaimedMail, reason: string): Promise<void> {
    await this.deps.statements.run(GIVE_UP, [id, reason, attempts]);
    this.deps.logger.error({ mail: id, kind, attempts, reason }, 'a mail was given up');
  }
}
