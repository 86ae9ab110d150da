import type { Clock } from '../../src/kernel/clock.js';

/** A clock that stands until it is moved, starting at the machine's time. */
export class FakeClock implements Clock {
  private time = Date.now();

  now(): Date {
    return new Date(this.time);
  }

  /** Moves the clock; negative seconds set it back. */
  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}
