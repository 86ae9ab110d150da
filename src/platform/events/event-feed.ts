import type { Logger } from '../logger.js';
import type { RecordedEvent } from './event-bus.js';

export type EventHandler = (event: RecordedEvent) => void | Promise<void>;

/** Every committed event of every process, once each, to the handlers of this process. */
export interface EventFeed {
  /** Whether everything committed more than a second ago is certain to have been handled here. */
  isCurrent(): boolean;
  /** Calls `handler` for each event of that name. */
  on(name: string, handler: EventHandler): void;
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
  private readonly gapHandlers: (() => void)[] = [];

  constructor(private readonly logger: Logger) {}

  on(name: string, handler: EventHandler): void {
    this.byName.set(name, [...(this.byName.get(name) ?? []), handler]);
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
        this.logger.error({ error, event: event.name }, 'an event handler failed');
      }
    }
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

  onGap(handler: () => void): void {
    this.handlers.onGap(handler);
  }

  async deliver(recorded: readonly RecordedEvent[]): Promise<void> {
    for (const event of recorded) await this.handlers.handle(event);
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
