/**
 * Attempts of this process that found the budget of their account in use by others still being judged, in
 * the order of their arrival. A timeout covers verdicts that another process reaches.
 */
export class AttemptQueue {
  private readonly waiting = new Map<string, Set<Place>>();

  /** Whether somebody waits, so that a newcomer has to queue behind. */
  isCrowded(key: string): boolean {
    return this.waiting.has(key);
  }

  /** A place at the end of the queue; it must be left. */
  join(key: string): Place {
    const queue = this.waiting.get(key) ?? new Set();
    this.waiting.set(key, queue);
    const place = new Place(() => {
      queue.delete(place);
      if (queue.size === 0 && this.waiting.get(key) === queue) this.waiting.delete(key);
    });
    queue.add(place);
    return place;
  }

  /** Nobody is being judged any more: lets the first `count` look again. */
  wake(key: string, count: number): void {
    for (const place of [...(this.waiting.get(key) ?? [])].slice(0, count)) place.wake();
  }
}

/** One attempt that waits. */
export class Place {
  wake: () => void = () => {};

  constructor(readonly leave: () => void) {}

  /** Resolves when it is worth looking again, at the latest after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
