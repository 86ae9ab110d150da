import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isInNetworks, type Network, parseNetwork, writeNetwork } from '../../../src/kernel/network-list.js';

const networks = (...texts: string[]): Network[] =>
  texts.map(parseNetwork).filter((network) => network !== null);

it.each([
  ['203.0.113.7', '203.0.113.7/32'],
  ['203.0.113.0/24', '203.0.113.0/24'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8:0:0::1', '2001:db8::1/128'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['::/0', '::/0'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::ffff:10.0.0.1', '10.0.0.1/32'],
])('%s is the network %s', (text, written) => {
  expect(networks(text).map(writeNetwork)).toEqual([written]);
});

it.each([
  '',
  '/',
  '/24',
  '203.0.113.0/',
  '203.0.113.0/33',
  '203.0.113.0/-1',
  '203.0.113.0/024',
  '203.0.113.0/+24',
  '203.0.113.0/24/24',
  '203.0.113.0/255.255.255.0',
  '203.0.113.7/24',
  '2001:db8::1/64',
  '::ffff:10.0.0.0/90',
  '10.0.0',
  '10/8',
  '0x7f.0.0.1',
  '010.0.0.1',
  '10.0.0.1 ',
  ' 10.0.0.1',
  'fe80::1%eth0',
  'fe80::%eth0/64',
  '[::1]',
  'localhost',
  '*',
  '10.0.0.*',
  '2001:db8::/129',
  '12345678901234567890',
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeNull();
});

it.each<[string, string[], string | null, boolean]>([
  ['an address of a network', ['203.0.113.0/24'], '203.0.113.255', true],
  ['one beside it', ['203.0.113.0/24'], '203.0.114.0', false],
  ['one of the second network', ['10.0.0.0/8', '2001:db8::/32'], '2001:db8:ffff::1', true],
  ['IPv4 inside IPv6', ['203.0.113.0/24'], '::ffff:203.0.113.9', true],
  ['IPv4 where all of IPv6 may', ['::/0'], '203.0.113.9', false],
  ['IPv6 where all of IPv4 may', ['0.0.0.0/0'], '2001:db8::1', false],
  ['an address that is not known', ['0.0.0.0/0', '::/0'], null, false],
  ['text that is none', ['0.0.0.0/0', '::/0'], 'unknown', false],
  ['an address where there is no network', [], '203.0.113.9', false],
])('tells of %s whether it is in', (_what, texts, ip, isIn) => {
  expect(isInNetworks(networks(...texts), ip)).toBe(isIn);
});

it('reads what it has written, and throws at no text', () => {
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      const written = networks(ip).map(writeNetwork);
      expect(written).toHaveLength(1);
      expect(networks(...written).map(writeNetwork)).toEqual(written);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const network = parseNetwork(text);
      expect(network === null || isInNetworks([network], text.split('/')[0] ?? '')).toBe(true);
    }),
  );
});
