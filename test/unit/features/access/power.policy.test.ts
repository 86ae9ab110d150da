import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, EVERYTHING } from '../../../../src/features/access/power.policy.js';

const permissions = fc.array(fc.constantFrom('users:list', 'users:read', 'roles:manage', 'orders:refund'));

test('the star covers everything, and nothing but the star covers the star', () => {
  fc.assert(
    fc.property(permissions, permissions, (held, wanted) => {
      expect(covers([...held, EVERYTHING], [...wanted, EVERYTHING])).toBe(true);
      expect(covers(held, [...wanted, EVERYTHING])).toBe(false);
    }),
  );
});

test('otherwise all that is wanted has to be held, whatever else is', () => {
  fc.assert(
    fc.property(permissions, permissions, (held, wanted) => {
      expect(covers(held, wanted)).toBe(wanted.every((each) => new Set(held).has(each)));
      expect(covers([...held, ...wanted], wanted)).toBe(true);
      expect(covers(held, [])).toBe(true);
    }),
  );
});
