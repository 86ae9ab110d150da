import { expect, test } from 'vitest';
import { EvenPace } from '../../../../src/platform/crypto/even-pace.js';

const MINUTE = 60_000;
const today = (tookMs: number, nowMs = 0) => ({ tookMs, nowMs, isTodays: true });
const foreign = (tookMs: number, nowMs = 0) => ({ tookMs, nowMs, isTodays: false });

test('while all hashes are of one kind, nobody waits', () => {
  const pace = new EvenPace();
  for (const tookMs of [40, 90, 10, 5_000, 40]) expect(pace.paceAfter(today(tookMs))).toBe(0);
});

test('once a costlier kind is met, every verification is to last as long', () => {
  const pace = new EvenPace();
  pace.paceAfter(today(40));
  expect(pace.paceAfter(foreign(250))).toBe(250);
  expect(pace.paceAfter(today(40))).toBe(250);
  expect(pace.paceAfter(foreign(60))).toBe(250);
});

test('a cheaper kind lasts as long as one of today', () => {
  const pace = new EvenPace();
  for (let times = 0; times < 100; times += 1) pace.paceAfter(today(40));
  expect(pace.paceAfter(foreign(1))).toBe(40);
  expect(pace.paceAfter(today(40))).toBe(40);
});

test('ten minutes after the last one of another kind it is over', () => {
  const pace = new EvenPace();
  pace.paceAfter(foreign(250, 0));
  pace.paceAfter(foreign(250, 9 * MINUTE));
  expect(pace.paceAfter(today(40, 19 * MINUTE - 1))).toBe(250);
  expect(pace.paceAfter(today(40, 19 * MINUTE))).toBe(0);
  expect(pace.paceAfter(foreign(60, 20 * MINUTE))).toBe(60);
});

test('nobody is held for more than a second', () => {
  const pace = new EvenPace();
  expect(pace.paceAfter(foreign(30_000))).toBe(1_000);
});
