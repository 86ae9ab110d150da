import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import { Keyring, UnknownKeyError } from '../../../../src/platform/crypto/keyring.js';

const current = new Secret('kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG');
const old = new Secret('aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH');
const keyring = Keyring.fromConfig({ encryption: current, oldEncryption: [old] });

test('a root key has a short id that stays the same and does not show the key', () => {
  expect(keyring.current).toMatch(/^[0-9a-f]{8}$/);
  expect(Keyring.fromConfig({ encryption: current, oldEncryption: [] }).current).toBe(keyring.current);
  expect(keyring.keyIds).toEqual([
    keyring.current,
    Keyring.fromConfig({ encryption: old, oldEncryption: [] }).current,
  ]);
});

test('each purpose and each root key has its own 32-byte key, the same every time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (one, other) => {
      const keys = keyring.keyIds.map((id) => keyring.derive(one, id).key);
      expect(keys.map((key) => key.length)).toEqual([32, 32]);
      expect(keys[0]).not.toEqual(keys[1]);
      expect(keyring.derive(one).key.equals(keyring.derive(other).key)).toBe(one === other);
    }),
  );
});

test('a purpose cannot pretend to be another one under another root key', () => {
  const [, oldId = ''] = keyring.keyIds;
  const spelt = keyring.derive(`${oldId} totp`);
  expect(spelt.key).not.toEqual(keyring.derive('totp', oldId).key);
});

test('the old root key moves to the front when it is the current one, and derives the same', () => {
  const [, oldId = ''] = keyring.keyIds;
  const before = Keyring.fromConfig({ encryption: old, oldEncryption: [] });
  expect(before.derive('totp')).toEqual(keyring.derive('totp', oldId));
});

test('an unknown key id is refused by name', () => {
  expect(() => keyring.derive('totp', 'deadbeef')).toThrow(UnknownKeyError);
  expect(() => keyring.derive('totp', 'deadbeef')).toThrow(/deadbeef is not configured/);
});

test('the current key may be listed among the old ones too', () => {
  expect(Keyring.fromConfig({ encryption: current, oldEncryption: [current, old] }).keyIds).toHaveLength(2);
});
