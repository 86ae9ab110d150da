import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../../../src/kernel/secret.js';
import { DecryptionError, Encryption } from '../../../../src/platform/crypto/encryption.js';
import { Keyring } from '../../../../src/platform/crypto/keyring.js';

const newKey = new Secret('kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG');
const oldKey = new Secret('aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH');
const encryption = encryptionUnder(newKey);
const context = { purpose: 'totp secret', table: 'totp_factor', row: '0190', column: 'secret' };

function encryptionUnder(encryptionKey: Secret, ...old: Secret[]): Encryption {
  return new Encryption(Keyring.fromConfig({ encryption: encryptionKey, oldEncryption: old }));
}

test('what was sealed opens to the same text or bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (text, bytes) => {
      expect(encryption.open(encryption.seal(text, context), context)).toBe(text);
      expect(encryption.openBytes(encryption.seal(bytes, context), context)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('a sealed value reads v1.<key id>.<iv>.<ciphertext>.<tag>', () => {
  expect(encryption.seal('canary', context)).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{8}\.[\w-]{22}$/);
});

test('no byte of a sealed value can be changed, in any of its parts', () => {
  const sealed = encryption.seal('the canary sings', context);
  const offsets = Array.from(sealed, (_, index) => index);
  const opened = offsets.flatMap((index) =>
    Array.from({ length: 7 }, (_, bit) => flipped(sealed, index, bit)).filter((text) => opens(text)),
  );
  expect(opened).toEqual([]);
});

test('no prefix of a sealed value opens, nor one with something appended', () => {
  const sealed = encryption.seal('the canary sings', context);
  const cut = Array.from(sealed, (_, length) => sealed.slice(0, length));
  expect(
    [...cut, `${sealed}A`, `${sealed}.`, `${sealed}\n`, ` ${sealed}`].filter((text) => opens(text)),
  ).toEqual([]);
});

test('a shortened tag is refused', () => {
  const sealed = encryption.seal('the canary sings', context);
  const parts = sealed.split('.');
  const tag = Buffer.from(parts[4] ?? '', 'base64url');
  for (const length of [0, 4, 8, 12, 15]) {
    const cut = [...parts.slice(0, 4), tag.subarray(0, length).toString('base64url')].join('.');
    expect(opens(cut)).toBe(false);
  }
});

test.each([{ row: '0191' }, { column: 'backup' }, { table: 'other' }, { purpose: 'signing key' }])(
  'a value does not open where it was not sealed: %j',
  (elsewhere) => {
    const sealed = encryption.seal('canary', context);
    expect(() => encryption.open(sealed, { ...context, ...elsewhere })).toThrow(DecryptionError);
  },
);

test('names that run together are kept apart', () => {
  const sealed = encryption.seal('canary', { ...context, table: 'ab', row: 'c' });
  expect(() => encryption.open(sealed, { ...context, table: 'a', row: 'bc' })).toThrow(DecryptionError);
});

test('no nonce comes twice', () => {
  const nonces = Array.from({ length: 5000 }, () => encryption.seal('', context).split('.')[2]);
  expect(new Set(nonces).size).toBe(nonces.length);
});

test('after a rotation old values open and ask to be sealed anew', () => {
  const before = encryptionUnder(oldKey).seal('canary', context);
  const rotated = encryptionUnder(newKey, oldKey);
  expect(rotated.open(before, context)).toBe('canary');
  expect(rotated.needsReseal(before)).toBe(true);
  expect(rotated.needsReseal(rotated.seal('canary', context))).toBe(false);
});

test('a value under a key that is not configured is refused, and the key is named', () => {
  const sealed = encryptionUnder(oldKey).seal('canary', context);
  const [, keyId] = sealed.split('.');
  expect(() => encryption.open(sealed, context)).toThrow(DecryptionError);
  expect(() => encryption.open(sealed, context)).toThrow(`the key ${keyId}, which is not configured`);
});

test('a value relabelled with another known key id does not open', () => {
  const both = encryptionUnder(newKey, oldKey);
  const sealed = both.seal('canary', context);
  const [, oldId] = encryptionUnder(oldKey).seal('', context).split('.');
  const relabelled = sealed.replace(/^v1\.[0-9a-f]{8}/, `v1.${oldId}`);
  expect(() => both.open(relabelled, context)).toThrow(DecryptionError);
});

test('text that is no sealed value is a DecryptionError, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => encryption.open(text, context)).toThrow(DecryptionError);
    }),
  );
});

test('bytes that are no text do not come back as text', () => {
  const sealed = encryption.seal(Buffer.from([0xff, 0xfe]), context);
  expect(() => encryption.open(sealed, context)).toThrow(DecryptionError);
});

test('neither plaintext nor key shows when the service or its error is printed', () => {
  const sealed = encryption.seal('canary', context);
  let error: unknown;
  try {
    encryption.open(`${sealed.slice(0, -1)}!`, context);
  } catch (caught) {
    error = caught;
  }
  const printed = inspect([encryption, error], { depth: 10, showHidden: true });
  expect(printed).not.toContain('canary');
  expect(printed).not.toContain(newKey.reveal());
});

function flipped(text: string, index: number, bit: number): string {
  const changed = String.fromCharCode(text.charCodeAt(index) ^ (1 << bit));
  return text.slice(0, index) + changed + text.slice(index + 1);
}

function opens(sealed: string): boolean {
  try {
    encryption.open(sealed, context);
    return true;
  } catch (error) {
    if (error instanceof DecryptionError) return false;
    throw error;
  }
}
