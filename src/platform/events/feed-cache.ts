import { LRUCache } from 'lru-cache';
import type { EventFeed } from './event-feed.js';

interface Options {
  readonly feed: EventFeed;
  /** How many entries are kept; the least recently used goes first. */
  readonly max: number;
}

/**
 * A cache that nothing outlives: entries are dropped by events, all of them when events may have been
 * missed, and none is served while the feed is not known to be current; then every read goes to the database.
 */
export class FeedCache<Value extends object> {
  private readonly entries: LRUCache<string, Value>;
  private readonly feed: EventFeed;
  private drops = 0;

  constructor({ feed, max }: Options) {
    this.entries = new LRUCache({ max });
    this.feed = feed;
    feed.onGap(() => this.clear());
  }

  /** The cached value, or undefined when there is none that may be trusted. */
  peek(key: string): Value | undefined {
    return this.feed.isCurrent() ? this.entries.get(key) : undefined;
  }

  /** The cached value, or what `load` finds. */
  async get(key: string, load: () => Promise<Value | null>): Promise<Value | null> {
    const cached = this.peek(key);
    if (cached) return cached;
    const drops = this.drops;
    const loaded = await load();
    // A drop during the load may have been about this very row, read before it changed: serve it, keep it not.
    if (loaded && drops === this.drops && this.feed.isCurrent()) this.entries.set(key, loaded);
    return loaded;
  }

  /** Forgets one entry. */
  drop(key: string): void {
    this.drops += 1;
    this.entries.delete(key);
  }

  /** Forgets the entries that match. */
  dropWhere(matches: (value: Value) => boolean): void {
    this.drops += 1;
    for (const [key, value] of this.entries.entries()) {
      if (matches(value)) this.entries.delete(key);
    }
  }

  clear(): void {
    this.drops += 1;
    this.entries.clear();
  }
}
