import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/**
 * Decides which addresses the server may dial on somebody's behalf: those of the public internet, and those
 * that the operator lists (hosts by exact name, addresses, CIDR networks; throws on anything else).
 */
export class AddressPolicy {
  readonly #hosts: ReadonlySet<string>;
  readonly #networks: readonly Network[];

  constructor(allow: readonly string[] = []) {
    this.#networks = allow.filter(isNetwork).map(parseNetwork);
    this.#hosts = new Set(allow.filter((entry) => !isNetwork(entry)).map(parseHost));
  }

  /** Whether the operator vouches for every address of this host. */
  isTrustedHost(hostname: string): boolean {
    return this.#hosts.has(hostname.toLowerCase());
  }

  /** Whether one address may be dialled; text that is not exactly one address may not. */
  isAllowed(text: string): boolean {
    // RFC 4291 §2.5.5.1: `::8.8.8.8` is an IPv6 address of its own; the parser would take it for 8.8.8.8.
    if (isIP(text) === 0 || /^::\d+\./.test(text)) return false;
    const address = ipaddr.process(text);
    return this.#networks.some((network) => contains(network, address)) || isPublic(address);
  }
}

/**
 * Public addresses that are nevertheless not the internet's: Azure's wire server gives every virtual machine
 * its secrets at this one.
 */
const PLATFORM_ADDRESSES = new Set(['168.63.129.16']);

/** All that IANA has given out as global unicast IPv6 (RFC 4291 §2.4). */
const GLOBAL_UNICAST: Network = [ipaddr.parse('2000::'), 3];

// Allowed is what is known to be public, not what is not known to be private: translation prefixes (NAT64,
// 6to4, Teredo, ::a.b.c.d) reach IPv4 addresses behind a public looking one, and are none of them.
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return !PLATFORM_ADDRESSES.has(address.toString());
  return contains(GLOBAL_UNICAST, address);
}

function contains([network, bits]: Network, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function parseNetwork(entry: string): Network {
  if (isIP(entry) !== 0) {
    const address = ipaddr.process(entry);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  if (!ipaddr.isValidCIDR(entry)) throw new TypeError(`"${entry}" is not a network in CIDR notation.`);
  return ipaddr.parseCIDR(entry);
}

function parseHost(entry: string): string {
  const host = entry.toLowerCase();
  if (!/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(host))
    throw new TypeError(`"${entry}" is not a host name.`);
  return host;
}

function isNetwork(entry: string): boolean {
  return isIP(entry) !== 0 || entry.includes('/');
}
