import type { Logger } from 'pino';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { Encryption } from '../crypto/encryption.js';
import { defineStatement, type Statements } from '../database/statements.js';
import type { Unit } from '../database/unit.js';
import type { Mail, MailValues } from './mail-definition.js';
import type { Mailer } from './mailer.js';
import type { MailTexts } from './mail-texts.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

interface Deps {
  readonly statements: Statements;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly texts: MailTexts;
}

interface Sealed {
  readonly to: string | null;
  readonly locale: string | null;
  readonly values: MailValues;
}

interface Claimed {
  readonly id: string;
  readonly kind: string;
  readonly sealed: string;
  readonly attempts: number;
}

const LEASE_SECONDS = 60;
const BATCH = 20;

const CLAIM = defineStatement<Claimed>(
  'mail-claim',
  `update outgoing_mails set attempts = attempts + 1, due_at = $2
   where id in (select id from outgoing_mails where due_at <= $1 order by due_at limit ${BATCH} for update skip locked)
   returning id, kind, sealed, attempts`,
);
const DONE = defineStatement<never>('mail-done', 'delete from outgoing_mails where id = $1');

/**
 * Mails leave through a table: written in the transaction that promises them, delivered after its commit, and tried
 * again until the mail server takes them. No request waits for a mail server.
 */
export class MailOutbox {
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: Deps) {}

  /** Promises a mail within `unit`. */
  enqueue<Values extends MailValues>(unit: Unit, mail: Mail<Values>): void {
    const { to, locale, values } = mail;
    this.write(unit, mail.definition.name, mail.userId, { to, locale, values });
  }

  /** Writes the same row for nobody, where a row less would tell that an address is not known. Never sent. */
  enqueueDecoy<Values extends MailValues>(unit: Unit, mail: Omit<Mail<Values>, 'to' | 'userId'>): void {
    const { locale, values } = mail;
    this.write(unit, mail.definition.name, null, { to: null, locale, values });
  }

  /** Resolves when everything that was due has been tried. */
  async idle(): Promise<void> {
    await this.running;
  }

  /** Delivers what is due; returns how many were tried. */
  async deliverDue(): Promise<number> {
    const now = this.deps.clock.now();
    const lease = addSeconds(now, LEASE_SECONDS);
    const claimed = await this.deps.statements.run(CLAIM, [now.toISOString(), lease.toISOString()]);
    for (const row of claimed) await this.deliver(row);
    return claimed.length;
  }

  private wake(): void {
    this.running = this.running.then(async () => {
      try {
        while ((await this.deliverDue()) === BATCH);
      } catch (err) {
        this.deps.logger.error({ err }, 'mails were not delivered');
      }
    });
  }

  private async deliver({ id, kind, sealed }: Claimed): Promise<void> {
    const text = this.deps.encryption.open(sealed, contextOf(id));
    const { to, locale, values } = JSON.parse(text) as Sealed;
    if (to !== null) await this.deps.mailer.send({ to, ...this.deps.texts.render(kind, locale, values) });
    await this.deps.statements.run(DONE, [id]);
  }

  private write(unit: Unit, kind: string, userId: string | null, content: Sealed): void {
    const id = newId();
    unit.em.create(OutgoingMail, {
      id,
      kind,
      userId,
      sealed: this.deps.encryption.seal(JSON.stringify(content), contextOf(id)),
      attempts: 0,
      dueAt: unit.now,
      createdAt: unit.now,
      failure: null,
    });
    unit.afterCommit(() => this.wake());
  }
}

function contextOf(id: string) {
  return { purpose: 'outgoing mail', table: 'outgoing_mails', row: id, column: 'sealed' };
}
