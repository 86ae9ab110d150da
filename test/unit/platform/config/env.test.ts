import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emailAddress,
  issuerUrl,
  networkList,
  origin,
  originList,
  originPatterns,
  postgresUrl,
  sender,
} from '../../../../src/platform/config/address-readers.js';
import {
  flag,
  integer,
  list,
  oneOf,
  port,
  type Reader,
  seconds,
  secret,
  secretList,
  singleLine,
} from '../../../../src/platform/config/env.js';

function read<Value>(reader: Reader<Value>, text: string): Value | 'refused' {
  const parsed = reader.schema.safeParse(text);
  return parsed.success ? parsed.data : 'refused';
}

test('a whole number is read exactly within its bounds and refused outside', () => {
  fc.assert(
    fc.property(fc.integer(), (number) => {
      expect(read(integer(0, 1000), String(number))).toBe(number >= 0 && number <= 1000 ? number : 'refused');
    }),
  );
});

test('text that is not all digits is no number', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/^\s*\d+\s*$/.test(text)),
      (text) => {
        expect(read(seconds(0, Number.MAX_SAFE_INTEGER), text)).toBe('refused');
      },
    ),
  );
  for (const text of ['1e3', '0x10', '1.5', '+1', '-1', '1_000', '15m', '٣']) {
    expect(read(seconds(0, 10_000), text)).toBe('refused');
  }
});

test('a list reads the same as a comma list and as a JSON array', () => {
  const item = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), (items) => {
      const reader = list(singleLine, 'names');
      expect(read(reader, items.join(' , '))).toEqual(items);
      expect(read(reader, JSON.stringify(items))).toEqual(items);
    }),
  );
});

test('a secret keeps its value when it moves to the list of old ones', () => {
  fc.assert(
    fc.property(fc.base64String({ minLength: 32 }), (text) => {
      const current = read(secret(), ` ${text}\n`);
      const [old] = secretList().schema.parse(`${text}\n`);
      expect(typeof current === 'object' && current.reveal()).toBe(text);
      expect(old?.reveal()).toBe(text);
    }),
  );
});

test('a secret that starts with a bracket is a secret, not broken JSON', () => {
  const text = `[${'kZ3vR9xQ1m'.repeat(4)}`;
  expect(secretList().schema.parse(text)[0]?.reveal()).toBe(text);
});

test('flags are words, in any case', () => {
  for (const text of ['true', 'TRUE', '1', 'yes', 'on']) expect(read(flag(), text)).toBe(true);
  for (const text of ['false', 'False', '0', 'no', 'off']) expect(read(flag(), text)).toBe(false);
  for (const text of ['2', 'maybe', 'tru']) expect(read(flag(), text)).toBe('refused');
});

test('a word outside the list is refused', () => {
  expect(read(oneOf(['a', 'b']), 'b')).toBe('b');
  expect(read(oneOf(['a', 'b']), 'c')).toBe('refused');
});

test('port 0 is accepted only where the system may choose', () => {
  expect(read(port(0), '0')).toBe(0);
  expect(read(port(1), '0')).toBe('refused');
  expect(read(port(1), '65536')).toBe('refused');
});

test('an origin has a scheme, a host and perhaps a port, and nothing else', () => {
  expect(read(origin(), 'https://Auth.Example.com/')).toBe('https://auth.example.com');
  expect(read(origin(), 'http://localhost:3000')).toBe('http://localhost:3000');
  const wrong = ['auth.example.com', 'https://a.test/x', 'https://a.test?q', 'https://a.test/#', 'null'];
  for (const text of [...wrong, 'https://u:p@a.test', 'ftp://a.test', 'javascript:alert(1)', '*']) {
    expect(read(origin(), text), text).toBe('refused');
  }
  expect(read(originList(), '*,https://a.test')).toEqual(['*', 'https://a.test']);
});

test('an issuer keeps its path and spelling, and has no query, fragment or credentials', () => {
  expect(read(issuerUrl(), 'https://a.test/tenant/')).toBe('https://a.test/tenant/');
  for (const text of [
    'https://a.test/?x',
    'https://a.test/#',
    'https://u@a.test',
    'urn:x',
    'https://a.test/ b',
  ]) {
    expect(read(issuerUrl(), text), text).toBe('refused');
  }
});

test('networks are addresses or CIDR blocks, and never everybody', () => {
  const good = ['10.0.0.0/8', '192.0.2.7', '::1', '2001:db8::/32'];
  expect(read(networkList(), good.join(','))).toEqual(good);
  for (const text of [
    '0.0.0.0/0',
    '::/0',
    '::/00',
    '10',
    '10/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    'proxy',
    '1.2.3.4/8/8',
  ]) {
    expect(read(networkList(), text), text).toBe('refused');
  }
});

test('a broken regular expression is refused', () => {
  expect(read(originPatterns(), 'https://(')).toBe('refused');
  expect(read(originPatterns(), '["https://a","https://b"]')).toEqual(['^(?:https://a)$', '^(?:https://b)$']);
  expect(read(originPatterns(), 'a|b')).toEqual(['^(?:a|b)$']);
});

test('a sender cannot carry a second header or a second address', () => {
  expect(read(sender(), 'Latchkey <no-reply@example.com>')).toBe('Latchkey <no-reply@example.com>');
  expect(read(sender(), 'no-reply@example.com')).toBe('no-reply@example.com');
  for (const text of [
    'a@b.test\r\nBcc: x@y.test',
    'A <a@b.test>, B <b@b.test>',
    'Latchkey',
    'A <a@b.test> x',
  ]) {
    expect(read(sender(), text), text).toBe('refused');
  }
});

test('addresses of other kinds of database and mailboxes that are none are refused', () => {
  expect(read(postgresUrl(), 'mysql://h/db')).toBe('refused');
  expect(read(postgresUrl(), 'postgresql://h/db')).not.toBe('refused');
  expect(read(emailAddress(), 'admin@latchkey.local')).toBe('admin@latchkey.local');
  expect(read(emailAddress(), 'admin@localhost')).toBe('refused');
});
