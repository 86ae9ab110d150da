import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { AddressPolicy } from '../../../../src/platform/egress/address-policy.js';

const policy = new AddressPolicy();

describe('an address of the public internet', () => {
  it.each([
    '8.8.8.8',
    '93.184.216.34',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::200e',
    '::ffff:8.8.8.8',
  ])('is allowed: %s', (address) => expect(policy.isAllowed(address)).toBe(true));
});

describe('any other address', () => {
  it.each([
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '::ffff:10.0.0.1']],
    [
      'link-local, with the metadata of clouds',
      ['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', 'fe80::1%1'],
    ],
    ['metadata elsewhere', ['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254']],
    ['carrier-grade NAT', ['100.64.0.1', '100.127.255.255']],
    ['unique local and site-local', ['fc00::1', 'fdff::1', 'fec0::1']],
    ['translated', ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '2002:7f00:1::', '2001:0:1::1']],
    ['IPv4-compatible or translated otherwise', ['::127.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['benchmarking', ['198.18.0.1', '2001:2::1']],
    ['multicast and broadcast', ['224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1']],
    ['reserved', ['240.0.0.1', '192.88.99.1', '4000::1', '100::1', '5f00::1', '2001:20::1']],
    [
      'no address',
      [
        '',
        'localhost',
        '127.1',
        '0x7f.0.0.1',
        '2130706433',
        '010.0.0.1',
        '8.8.8.8:80',
        '[::1]',
        '8.8.8.8/32',
      ],
    ],
  ])('is not: %s', (_kind, addresses) => {
    expect(addresses.filter((address) => policy.isAllowed(address))).toEqual([]);
  });

  it('is not, however it is written in IPv6', () => {
    const inside = fc.tuple(fc.constantFrom(10, 127), fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(inside, (octets) => {
        const mapped = new ipaddr.IPv4(octets).toIPv4MappedAddress();
        expect(policy.isAllowed(mapped.toString())).toBe(false);
        expect(policy.isAllowed(mapped.toNormalizedString())).toBe(false);
      }),
    );
  });
});

describe('what the operator lists', () => {
  const listing = new AddressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32', 'Hooks.Internal']);

  it('is allowed, and nothing beside it', () => {
    expect(
      ['10.1.2.3', '127.0.0.1', '::ffff:10.1.2.3', 'fd00:1::9', '8.8.8.8'].map((a) => listing.isAllowed(a)),
    ).toEqual(Array(5).fill(true));
    expect(['10.2.0.1', '127.0.0.2', 'fd00:2::1', '::1'].map((a) => listing.isAllowed(a))).toEqual(
      Array(4).fill(false),
    );
  });

  it('may be a host by its exact name', () => {
    expect(listing.isTrustedHost('hooks.internal')).toBe(true);
    expect(
      ['internal', 'x.hooks.internal', 'hooks.internal.evil', ''].some((h) => listing.isTrustedHost(h)),
    ).toBe(false);
  });

  it.each(['*.internal', 'http://x', '10.0.0.0/33', 'a b', ''])('may not be %j', (entry) => {
    expect(() => new AddressPolicy([entry])).toThrow(TypeError);
  });
});
