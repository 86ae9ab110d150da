import type { Caller } from '../../kernel/caller.js';
import type { EventDefinition, EventPayload, EventSubject, PersonalFacts } from '../../kernel/event.js';
import type { EntityManager } from './orm.js';

/** What a unit of work reports of an event; the rest is filled in. */
export interface EventFacts<Payload extends EventPayload> {
  readonly caller: Caller;
  readonly subject: EventSubject;
  /** The user whose account it concerns, or null. */
  readonly userId: string | null;
  readonly payload: Payload;
  readonly personal?: PersonalFacts;
}

/** One open transaction: its entity manager, its time, and the events it will commit. */
export interface Unit {
  readonly em: EntityManager;
  /** The one time of everything the unit writes. */
  readonly now: Date;
  /** Records an event in the same transaction; it is delivered after the commit, or never. */
  emit<Payload extends EventPayload>(definition: EventDefinition<Payload>, facts: EventFacts<Payload>): void;
  /** Runs the consequences of the events so far, for a unit that goes on with what they have done. */
  settle(): Promise<void>;
  /** Has `work` started after the commit, or never; nobody waits for it, and it must not fail. */
  afterCommit(work: () => void): void;
}
