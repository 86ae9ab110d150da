import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The network that an address shares its budgets with: /24 for IPv4, /64 for IPv6, because one customer of a
 * provider commonly holds a whole one and could otherwise start afresh from every address in it. IPv4 inside
 * IPv6 counts as IPv4. Calls without an address, and text that is none, share the network `unknown`.
 */
export function networkOf(ip: string | null): string {
  if (ip === null || isIP(ip) === 0) return 'unknown';
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv4) return `${address.octets.slice(0, 3).join('.')}.0/24`;
  const prefix = new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${prefix.toRFC5952String()}/64`;
}

/** The /48 that an IPv6 network, as `networkOf` tells it, is part of: what one customer may hold. Null for others. */
export function siteOf(network: string): string | null {
  if (!network.endsWith('/64')) return null;
  const [address] = ipaddr.IPv6.parseCIDR(network);
  return `${new ipaddr.IPv6([...address.parts.slice(0, 3), 0, 0, 0, 0, 0]).toRFC5952String()}/48`;
}
