import { expect, test } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import {
  equalConstantTime,
  keyedFingerprint,
  sha256,
  sha256Hex,
} from '../../../../src/platform/crypto/fingerprint.js';
import { Keyring } from '../../../../src/platform/crypto/keyring.js';

const first = new Secret('kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG');
const second = new Secret('aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH');
const keyring = Keyring.fromConfig({ encryption: first, oldEncryption: [second] });

test('sha256 agrees with the vector of FIPS 180-4', () => {
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256Hex('abc')).toBe(digest);
  expect(sha256('abc').toString('hex')).toBe(digest);
});

test('a keyed fingerprint is 32 bytes of base64url that depend on value, purpose and key', () => {
  const fingerprint = keyedFingerprint(keyring, 'ip', '192.0.2.1');
  expect(fingerprint).toMatch(/^[\w-]{43}$/);
  expect(keyedFingerprint(keyring, 'ip', '192.0.2.1')).toBe(fingerprint);
  expect(keyedFingerprint(keyring, 'ip', '192.0.2.2')).not.toBe(fingerprint);
  expect(keyedFingerprint(keyring, 'email', '192.0.2.1')).not.toBe(fingerprint);
  expect(keyedFingerprint(keyring, 'ip', '192.0.2.1', keyring.keyIds[1])).not.toBe(fingerprint);
});

test('a fingerprint made before a rotation is found again under the key that made it', () => {
  const before = keyedFingerprint(Keyring.fromConfig({ encryption: second, oldEncryption: [] }), 'ip', 'x');
  const candidates = keyring.keyIds.map((keyId) => keyedFingerprint(keyring, 'ip', 'x', keyId));
  expect(candidates).toContain(before);
});

test('buffers of different lengths are unequal, and no error', () => {
  expect(equalConstantTime(Buffer.from('ab'), Buffer.from('ab'))).toBe(true);
  expect(equalConstantTime(Buffer.from('ab'), Buffer.from('ac'))).toBe(false);
  expect(equalConstantTime(Buffer.from('ab'), Buffer.from('abc'))).toBe(false);
});
