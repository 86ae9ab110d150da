import { describe, expect, test } from 'vitest';
import { maskEmailAddress } from '../../../../src/kernel/email-address.js';
import { readMailedProof } from '../../../../src/kernel/mailed-proof.js';

const challengeId = '01a202c3-07a9-7021-85c4-2b595e456aff';

describe('what comes back from a mail', () => {
  test('is its token, or its code with the id', () => {
    expect(readMailedProof({ token: 'abc' })).toEqual({ token: 'abc' });
    expect(readMailedProof({ token: null, challengeId: challengeId.toUpperCase(), code: '123456' })).toEqual({
      challengeId,
      code: '123456',
    });
  });

  test.each([
    {},
    { token: null, challengeId: null, code: null },
    { challengeId },
    { code: '123456' },
    { token: 'abc', code: '123456' },
    { token: 'abc', challengeId },
    { token: 'abc', challengeId, code: '123456' },
    { challengeId: 'no id', code: '123456' },
  ])('is refused when it is neither, or both: %o', (input) => {
    expect(() => readMailedProof(input)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});

test.each([
  ['jane.doe@example.com', 'j•••@example.com'],
  ['jo@example.com', '•••@example.com'],
  ['j@example.com', '•••@example.com'],
  ['"a@b"@example.com', '"•••@example.com'],
])('of the new address %s the old mailbox reads %s', (address, masked) => {
  expect(maskEmailAddress(address)).toBe(masked);
});
