import type { Actor, Caller } from './caller.js';

/** Facts of an event: JSON values without secrets and without personal data (those go into `personal`). */
export type EventPayload = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** A kind of event, declared once in a contract; audit, webhooks and subscriptions read its flags. */
export interface EventDefinition<Payload extends EventPayload = EventPayload> {
  /** `noun.past_participle`, never renamed. */
  readonly name: string;
  /** The sentence of the audit trail, or `false` for events too frequent to be worth a row each. */
  readonly audit: string | false;
  /** Whether it is kept in the event log and delivered to every process (subscriptions, caches). */
  readonly stream: boolean;
  /** Whether operators may subscribe a webhook endpoint to it. */
  readonly webhook: boolean;
  /** Whether it gives somebody a way in or a power: nobody does that through a session that was ended meanwhile. */
  readonly opens: boolean;
  /** Carries the payload's type only. */
  readonly payload?: Payload;
}

/** What the event happened to. */
export interface EventSubject {
  readonly type: string;
  readonly id: string;
}

/** Facts about people, kept apart from the event so that they can be erased without breaking the audit chain. */
export type PersonalFacts = Readonly<Record<string, string | null>>;

/** Something that happened, written in the transaction that made it true. */
export interface DomainEvent<Payload extends EventPayload = EventPayload> {
  readonly id: string;
  readonly definition: EventDefinition<Payload>;
  readonly occurredAt: Date;
  /** On whose behalf it happens: for consequences that are judged by, or told of, the same caller. */
  readonly caller: Caller;
  /** What is kept of the caller. */
  readonly actor: Actor;
  readonly subject: EventSubject;
  /** The user whose account it concerns, or null. */
  readonly userId: string | null;
  readonly payload: Payload;
  readonly personal: PersonalFacts;
}

/** Declares an event. By default it opens nothing, and is neither streamed nor offered to webhooks. */
export function defineEvent<Payload extends EventPayload>(
  name: string,
  flags: { audit: string | false; stream?: boolean; webhook?: boolean; opens?: boolean },
): EventDefinition<Payload> {
  const { audit, stream = false, webhook = false, opens = false } = flags;
  return { name, audit, stream, webhook, opens };
}
