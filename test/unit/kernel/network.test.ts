import fc from 'fast-check';
import { expect, it } from 'vitest';
import { networkOf, siteOf } from '../../../src/kernel/network.js';

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8::1', '2001:db8::/64'],
  ['::1', '::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  [null, 'unknown'],
  ['', 'unknown'],
  ['0x7f.1', 'unknown'],
  ['unknown', 'unknown'],
])('puts %s into %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

it('gives every address of one network the same name, and never throws', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(255), (ip, host) => {
      expect(networkOf(ip.replace(/\d+$/, String(host)))).toBe(networkOf(ip));
    }),
  );
  fc.assert(fc.property(fc.oneof(fc.ipV6(), fc.string()), (ip) => typeof networkOf(ip) === 'string'));
});

it.each([
  ['2001:db8:7:1::5', '2001:db8:7::/48'],
  ['2001:db8:7:ffff:1:2:3:4', '2001:db8:7::/48'],
  ['2001:db8:8::1', '2001:db8:8::/48'],
  ['::1', '::/48'],
  ['192.0.2.1', null],
  ['::ffff:192.0.2.1', null],
  ['nonsense', null],
])('%s is at the site %s', (ip, site) => {
  expect(siteOf(networkOf(ip))).toBe(site);
});

it('every text is at a site or none', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV6(), fc.string()), (ip) => siteOf(networkOf(ip)) !== undefined));
});
