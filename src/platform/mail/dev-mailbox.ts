import { systemClock, type Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import { assertSendable, type Mailer, type MailMessage } from './mailer.js';

/** A message that nobody was sent. */
export interface CapturedMail extends MailMessage {
  readonly id: string;
  readonly from: string;
  readonly sentAt: Date;
}

/** Keeps the last 100 messages in memory instead of sending them, for development and tests. */
export class DevMailbox implements Mailer {
  readonly #from: string;
  readonly #clock: Clock;
  #messages: readonly CapturedMail[] = [];

  constructor({ from, clock = systemClock }: { readonly from: string; readonly clock?: Clock }) {
    this.#from = from;
    this.#clock = clock;
  }

  /** Refuses what a real mailer refuses, so that a mistake shows in tests. */
  async send(message: MailMessage): Promise<void> {
    assertSendable(message);
    const captured = { ...message, id: newId(), from: this.#from, sentAt: this.#clock.now() };
    this.#messages = [...this.#messages, captured].slice(-CAPACITY);
  }

  /** The messages in the order they were sent, to one address or to all. */
  messages(to?: string): readonly CapturedMail[] {
    return this.#messages.filter((message) => to === undefined || message.to === to);
  }

  /** Forgets every message. */
  clear(): void {
    this.#messages = [];
  }
}

const CAPACITY = 100;
