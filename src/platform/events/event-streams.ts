import { Repeater } from '@graphql-yoga/subscription';
import { decodeCursor, encodeCursor } from '../../kernel/cursor.js';
import { defineErrors } from '../../kernel/errors.js';
import type { RecordedEvent } from './event-bus.js';
import type { EventFeed } from './event-feed.js';
import type { EventLog } from './event-log.js';

export const streamErrors = defineErrors({
  EVENTS_GONE: {
    status: 410,
    message:
      'The event log no longer reaches back to this cursor: forget what you cached, then subscribe anew.',
  },
  STREAM_TOO_SLOW: {
    status: 503,
    message: 'Events were not taken fast enough; subscribe again with the last cursor.',
  },
});

/** Whose events a listener hears, and from where on. */
export interface StreamRequest {
  /** Only events of this user's account; null hears all. */
  readonly userId: string | null;
  /** A cursor: events committed after it come first. */
  readonly after: string | null;
}

type Listener = (event: RecordedEvent) => void;

const REPLAY_BATCH = 500;

/**
 * Streams of committed events for subscriptions, over all processes. A listener that was away passes the last
 * cursor it saw and misses nothing; one that does not keep up is cut off rather than left with gaps.
 */
export class EventStreams {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly heard = new Set<string>();

  constructor(private readonly deps: { readonly feed: EventFeed; readonly log: EventLog }) {}

  /** Events of that name, in order and once each. The iterator throws EVENTS_GONE or STREAM_TOO_SLOW. */
  subscribe(name: string, request?: unknown): AsyncIterable<unknown> {
    const { userId, after } = request as StreamRequest;
    this.hear(name);
    return new Repeater<RecordedEvent>(async (push, stop) => {
      const ended = new AbortController();
      const goesOn = (): boolean => !ended.signal.aborted;
      let position = after === null ? 0 : positionOf(after);
      /** The last event that was announced: whoever replays goes live only when that one is behind them. */
      let announced = 0;
      let live = after === null;
      const forget = this.listen(`${name} ${userId ?? '*'}`, (event) => {
        announced = event.position;
        if (live && announced > position && !hand(push, event)) stop(streamErrors.STREAM_TOO_SLOW());
      });
      stop.then(forget, forget).finally(() => ended.abort());
      if (!live && !(await this.deps.log.reaches(position))) throw streamErrors.EVENTS_GONE();
      while (!live && goesOn()) {
        const events = await this.deps.log.since(position, { name, userId }, REPLAY_BATCH);
        for (const event of events) {
          position = event.position;
          // Not faster than they are taken, however long the listener was away.
          if (goesOn()) await Promise.race([push(event), stop]);
        }
        live = events.length < REPLAY_BATCH && announced <= position;
      }
      await stop;
    });
  }

  /** Part of type-graphql's PubSub; events come from the feed alone. */
  publish(): void {
    throw new Error('Events are published by committing them.');
  }

  private hear(name: string): void {
    if (this.heard.has(name)) return;
    this.heard.add(name);
    this.deps.feed.inOrder(name, (event) => {
      for (const key of [`${name} *`, `${name} ${event.userId ?? ''}`]) {
        for (const listener of this.listeners.get(key) ?? []) listener(event);
      }
    });
  }

  private listen(key: string, listener: Listener): () => void {
    const known = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0) this.listeners.delete(key);
    };
  }
}

/** Queues an event that was not taken yet; false when too many wait already. */
function hand(push: (event: RecordedEvent) => Promise<unknown>, event: RecordedEvent): boolean {
  try {
    push(event).catch(() => {});
    return true;
  } catch {
    return false;
  }
}

/** The cursor of an event. */
export function eventCursor({ position }: RecordedEvent): string {
  return encodeCursor(String(position));
}

function positionOf(cursor: string): number {
  return Number(decodeCursor(cursor, (key) => /^\d{1,15}$/.test(key)));
}
