import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cooldownSeconds,
  cooldownSteps,
  forgottenAfterSeconds,
  type LockoutSettings,
  networkThreshold,
  retryAfterSeconds,
} from '../../../../src/features/lockout/lockout.policy.js';

const defaults: LockoutSettings = {
  threshold: 5,
  windowSeconds: 900,
  baseSeconds: 30,
  capSeconds: 3600,
  networkFactor: 20,
  knownSeconds: 7_776_000,
};

const settings = fc
  .record({
    threshold: fc.integer({ min: 1, max: 100 }),
    windowSeconds: fc.integer({ min: 60, max: 86_400 }),
    baseSeconds: fc.integer({ min: 1, max: 3600 }),
    capSeconds: fc.integer({ min: 3600, max: 86_400 }),
    networkFactor: fc.integer({ min: 1, max: 50 }),
    knownSeconds: fc.constant(0),
  })
  .map((values): LockoutSettings => values);
const failures = fc.integer({ min: 0, max: 10_000 });

describe('the lockout policy', () => {
  it('makes the fifth failure cost 30 s and doubles up to an hour', () => {
    const costs = [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1000].map((n) => cooldownSeconds(defaults, n, 5));
    expect(costs).toEqual([0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(networkThreshold(defaults)).toBe(100);
  });

  it('never makes a further failure cheaper, and never exceeds the cap', () => {
    fc.assert(
      fc.property(settings, failures, (policy, n) => {
        const cost = cooldownSeconds(policy, n, policy.threshold);
        expect(cooldownSeconds(policy, n + 1, policy.threshold)).toBeGreaterThanOrEqual(cost);
        expect(cost).toBeLessThanOrEqual(policy.capSeconds);
        expect(cost > 0).toBe(n >= policy.threshold);
      }),
    );
  });

  it('doubles exactly until the cap', () => {
    fc.assert(
      fc.property(settings, (policy) => {
        const steps = cooldownSteps(policy);
        expect(steps[0]).toBe(policy.baseSeconds);
        expect(steps.at(-1)).toBe(policy.capSeconds);
        for (const [at, seconds] of steps.entries()) {
          expect(seconds).toBe(Math.min(policy.capSeconds, policy.baseSeconds * 2 ** at));
        }
      }),
    );
  });

  it('counts the wait down from the last failure, second by second, to 0', () => {
    fc.assert(
      fc.property(settings, failures, fc.integer({ min: 0, max: 200_000_000 }), (policy, n, ms) => {
        const lastFailureAt = new Date(1_700_000_000_000);
        const now = new Date(lastFailureAt.getTime() + ms);
        const cost = cooldownSeconds(policy, n, policy.threshold);
        const left = retryAfterSeconds(policy, { failures: n, lastFailureAt }, policy.threshold, now);
        expect(left).toBe(Math.max(0, Math.ceil(cost - ms / 1000)));
      }),
    );
  });

  it('never forgets failures before the cooldown they earned is over', () => {
    fc.assert(
      fc.property(settings, failures, (policy, n) => {
        const cost = cooldownSeconds(policy, n, policy.threshold);
        expect(forgottenAfterSeconds(policy, n, policy.threshold)).toBe(cost + policy.windowSeconds);
      }),
    );
  });
});
