import { setTimeout as sleep } from 'node:timers/promises';
import { addSeconds } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { Unit } from '../database/unit.js';
import type { Mail, MailValues } from './mail-definition.js';
import { MailDelivery, type MailDeliveryDeps } from './mail-delivery.js';
import { CLAIM, type ClaimedMail, PURGE } from './mail-statements.js';
import { OutgoingMail } from './outgoing-mail.entity.js';
import { type MailContents, sealMail } from './sealed-mail.js';

/** Longer than a delivery can take: whoever still has the row then is dead. */
const LEASE_SECONDS = 60;
/** Deliveries at a time, in each process. */
const LANES = 4;
const RETENTION_SECONDS = 7 * 86_400;

/**
 * Mails leave through a table: written in the transaction that promises them, delivered after its commit, and tried
 * again until the mail server takes them or a day has passed. No request waits for a mail server.
 *
 * Every mail is delivered at least once: a process that dies between the hand-over and the deletion of the row
 * leaves it to another, whose copy has the same Message-ID. All processes on a database share the work.
 */
export class MailOutbox {
  private readonly delivery: MailDelivery;
  private readonly stopping = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  private claiming: Promise<void> | null = null;
  /** Whether rows may be due that nobody was asked for yet. */
  private wanted = false;
  private stopped = false;

  constructor(private readonly deps: MailDeliveryDeps) {
    this.delivery = new MailDelivery(deps);
  }

  /** Promises a mail within `unit`. */
  enqueue<Values extends MailValues>(unit: Unit, mail: Mail<Values>): void {
    const { to, locale, values } = mail;
    this.write(unit, mail.definition.name, mail.userId, { to, locale, values });
  }

  /**
   * Writes the same row for no mailbox, where a row less would tell whether an address is known. Never sent. With a
   * `userId` where the real one has one: people may count the rows that are theirs.
   */
  enqueueDecoy<Values extends MailValues>(
    unit: Unit,
    mail: Omit<Mail<Values>, 'to' | 'userId'> & { readonly userId?: string },
  ): void {
    const { locale, values, userId = null } = mail;
    this.write(unit, mail.definition.name, userId, { to: null, locale, values });
  }

  /** Has what is due delivered, without waiting for it. */
  wake(): void {
    if (this.stopped) return;
    this.wanted = true;
    this.claiming ??= this.claim().finally(() => {
      this.claiming = null;
      // Somebody may have called after the last look; when every lane is taken, the first to get free goes on.
      if (this.wanted && this.inHand.size < LANES) this.wake();
    });
  }

  /** Resolves when everything that was due has been tried once. */
  async deliverDue(): Promise<void> {
    this.wake();
    await this.idle();
  }

  /** Resolves when nothing is under way: everything that was promised and committed before has been tried. */
  async idle(): Promise<void> {
    while (this.claiming !== null || this.inHand.size > 0) await Promise.all([this.claiming, ...this.inHand]);
  }

  /**
   * Starts no further delivery; resolves when those under way have ended. What takes longer than `graceMs` is
   * broken off, and due again at once.
   */
  async stop(graceMs = 2_000): Promise<void> {
    this.stopped = true;
    if (await this.idleWithin(graceMs)) return;
    this.stopping.abort();
    // Only a database that does not answer takes longer than this.
    if (!(await this.idleWithin(1_000))) this.deps.logger.warn('mails were under way when the outbox closed');
  }

  /** Removes the traces of mails that were given up, seven days after they were promised. */
  async purge(): Promise<void> {
    const before = addSeconds(this.deps.clock.now(), -RETENTION_SECONDS);
    await this.deps.statements.run(PURGE, [before.toISOString()]);
  }

  private write(unit: Unit, kind: string, userId: string | null, contents: MailContents): void {
    const id = newId();
    unit.em.create(OutgoingMail, {
      id,
      kind,
      userId,
      sealed: sealMail(this.deps.encryption, id, contents),
      attempts: 0,
      dueAt: unit.now,
      createdAt: unit.now,
      failure: null,
    });
    unit.afterCommit(() => this.wake());
  }

  /** Takes rows until none is due or every lane is taken; a lane that gets free goes on. */
  private async claim(): Promise<void> {
    while (this.wanted && !this.stopped && this.inHand.size < LANES) {
      this.wanted = false;
      const free = LANES - this.inHand.size;
      try {
        const rows = await this.claimRows(free);
        if (rows.length === free) this.wanted = true;
        for (const row of rows) this.take(row);
      } catch (err) {
        this.deps.logger.error({ err }, 'mails could not be fetched; the next tick tries again');
      }
    }
  }

  private async claimRows(count: number): Promise<ClaimedMail[]> {
    const now = this.deps.clock.now();
    const lease = addSeconds(now, LEASE_SECONDS);
    return await this.deps.statements.run(CLAIM, [now.toISOString(), lease.toISOString(), count]);
  }

  private take(row: ClaimedMail): void {
    const delivery = this.delivery
      .deliver(row, this.stopping.signal)
      // The row is still there, and comes back when its lease runs out.
      .catch((err: unknown) => this.deps.logger.error({ err, mail: row.id }, 'a mail has no outcome yet'))
      .finally(() => {
        this.inHand.delete(delivery);
        if (this.wanted) this.wake();
      });
    this.inHand.add(delivery);
  }

  private async idleWithin(ms: number): Promise<boolean> {
    const limit = new AbortController();
    const late = sleep(ms, false, { signal: limit.signal }).catch(() => false);
    const isIdle = await Promise.race([this.idle().then(() => true), late]);
    limit.abort();
    return isIdle;
  }
}
