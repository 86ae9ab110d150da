import { expect, test } from 'vitest';
import { isId, newId, newIdAt } from '../../../src/kernel/id.js';

test('an id made for a moment sorts where that moment belongs', () => {
  const past = newIdAt(new Date('2001-02-03T04:05:06.789Z'));
  const later = newIdAt(new Date('2001-02-03T04:05:06.790Z'));
  expect([later, newId(), past].toSorted()).toEqual([past, later, expect.any(String)]);
  expect([past, later].every(isId)).toBe(true);
});

test('ids made for one moment differ', () => {
  const moment = new Date('2001-02-03T04:05:06.789Z');
  expect(new Set(Array.from({ length: 1_000 }, () => newIdAt(moment))).size).toBe(1_000);
});
