import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A network, or with all its bits a single address; IPv4 inside IPv6 is IPv4. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** RFC 4291 §2.5.5.1: nobody has such an address any more, and it is easily read as the IPv4 one that stands in it. */
const COMPATIBLE = /^::\d+\./;

const BITS = /^(?:0|[1-9]\d{0,2})$/;

/**
 * The network that `text` writes, as an address or in CIDR notation; null for whatever is not exactly one, such as
 * 10.0.0.1/8: who writes that means either the address or the network, and nobody knows which.
 */
export function parseNetwork(text: string): Network | null {
  const [address = '', bits, ...rest] = text.split('/');
  // A zone (RFC 4007 §11) is a name that this machine alone gives to one of its interfaces.
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return null;
  if (COMPATIBLE.test(address)) return null;
  const whole = isIP(address) === 4 ? 32 : 128;
  if (bits !== undefined && !(BITS.test(bits) && Number(bits) <= whole)) return null;
  return withoutHost(unmapped([ipaddr.parse(address), bits === undefined ? whole : Number(bits)]));
}

/** The one text of a network: CIDR notation, IPv6 as RFC 5952 writes it. */
export function writeNetwork([address, bits]: Network): string {
  return `${address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()}/${bits}`;
}

/** Whether an address is in one of the networks; one that is not known, or is none, is in no network. */
export function isInNetworks(networks: readonly Network[], ip: string | null): boolean {
  if (ip === null || isIP(ip) === 0 || COMPATIBLE.test(ip)) return false;
  const address = ipaddr.process(ip);
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}

/** Whether whoever is in one of the networks is in one of the others as well. */
export function areWithin(networks: readonly Network[], others: readonly Network[]): boolean {
  return networks.every(([address, bits]) =>
    others.some(
      ([network, fewer]) =>
        bits >= fewer && network.kind() === address.kind() && address.match(network, fewer),
    ),
  );
}

// Clients are compared as IPv4 where they are IPv4, so ::ffff:10.0.0.0/104 has to mean 10.0.0.0/8.
function unmapped([address, bits]: Network): Network {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return [address.toIPv4Address(), bits - 96];
  }
  return [address, bits];
}

function withoutHost(network: Network): Network | null {
  const [address, bits] = network;
  const cidr = `${address.toString()}/${bits}`;
  const begin =
    address instanceof ipaddr.IPv6
      ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
      : ipaddr.IPv4.networkAddressFromCIDR(cidr);
  return begin.toString() === address.toString() ? network : null;
}
