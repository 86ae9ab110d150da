import type { Logger } from '../logger.js';
import type { MetricDefinition } from '../metrics.js';
import type { RecordedEvent } from './event-bus.js';

/** Whether this process may trust what it has in memory. */
export const eventFeedCurrent: Omit<MetricDefinition, 'labels'> = {
  name: 'latchkey_event_feed_current',
  help: '1 while the event log was read to its end lately, 0 while every request asks the database instead.',
};

export type EventHandler = (event: RecordedEvent) => void | Promise<void>;
/** Synchronous, so that no event can come between another and its handlers. */
export type OrderedHandler = (event: RecordedEvent) => void;

/** Every committed event of every process, once each, to the handlers of this process. */
export interface EventFeed {
  /** Whether everything committed more than a second ago is certain to have been handled here. */
  isCurrent(): boolean;
  /**
   * Calls `handler` for each event of that name as soon as it is known here: what this process commits may
   * come before earlier events of others. For what must not wait, such as caches and open sockets.
   */
  on(name: string, handler: EventHandler): void;
  /** Calls `handler` for each event of that name in the order of positions, over all processes. */
  inOrder(name: string, handler: OrderedHandler): void;
  /** Calls `handler` when events may have been missed, so that whatever was cached must be forgotten. */
  onGap(handler: () => void): void;
  /** Handles events that this process has just committed, before anyone is told of the commit. */
  deliver(recorded: readonly RecordedEvent[]): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The handlers of a feed: one that fails is logged and keeps no other from running. */
export class EventHandlers {
  private readonly byName = new Map<string, EventHandler[]>();
  private readonly ordered = new Map<string, OrderedHandler[]>();
  private readonly gapHandlers: (() => void)[] = [];

  constructor(private readonly logger: Logger) {}

  on(name: string, handler: EventHandler): void {
    this.byName.set(name, [...(this.byName.get(name) ?? []), handler]);
  }

  inOrder(name: string, handler: OrderedHandler): void {
    this.ordered.set(name, [...(this.ordered.get(name) ?? []), handler]);
  }

  onGap(handler: () => void): void {
    this.gapHandlers.push(handler);
  }

  gap(): void {
    for (const handler of this.gapHandlers) handler();
  }

  async handle(event: RecordedEvent): Promise<void> {
    for (const handler of this.byName.get(event.name) ?? []) {
      try {
        await handler(event);
      } catch (error) {
        this.report(event, error);
      }
    }
  }

  /** To be called once for each event, in the order of positions. */
  handleInOrder(event: RecordedEvent): void {
    for (const handler of this.ordered.get(event.name) ?? []) {
      try {
        handler(event);
      } catch (error) {
        this.report(event, error);
      }
    }
  }

  private report({ name }: RecordedEvent, error: unknown): void {
    this.logger.error({ err: error, event: name }, 'an event handler failed');
  }
}

/** The feed of a single process on the embedded database: what it commits is all there is. */
export class EmbeddedEventFeed implements EventFeed {
  private readonly handlers: EventHandlers;

  constructor(deps: { logger: Logger }) {
    this.handlers = new EventHandlers(deps.logger);
  }

  isCurrent(): boolean {
    return true;
  }

  on(name: string, handler: EventHandler): void {
    this.handlers.on(name, handler);
  }

  inOrder(name: string, handler: OrderedHandler): void {
    this.handlers.inOrder(name, handler);
  }

  onGap(handler: () => void): void {
    this.handlers.onGap(handler);
  }

  async deliver(recorded: readonly RecordedEvent[]): Promise<void> {
    // Nothing is awaited in between: on one connection, units are delivered in the order of their commits.
    for (const event of recorded) this.handlers.handleInOrder(event);
    for (const event of recorded) await this.handlers.handle(event);
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
