import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** RFC 4291 §2.5.5.1: nobody has such an address any more, and it is easily read as the IPv4 one that stands in it. */
const COMPATIBLE = /^::\d+\./;

/** The part of a request (Fastify's or Node's own) that an address can be read from. */
export interface AddressedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Tells the address of the client of a request, or null when the peer has none (a closed or unix socket). */
export type ClientAddress = (request: AddressedRequest) => string | null;

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Reads client addresses behind the given proxies (addresses or CIDR networks; throws on anything else).
 * `X-Forwarded-For` counts only as far as trusted proxies wrote it: the answer is the rightmost hop that is
 * not trusted, so that no client can choose its own address (ASVS 4.1.3). No other header is ever read.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = trustedProxies.map(parseNetwork);
  const isTrusted = (address: string) => contains(trusted, address);
  return ({ headers, socket }) => {
    const peer = normalise(socket.remoteAddress ?? '');
    if (peer === null || !isTrusted(peer)) return peer;
    return lastUntrusted(headers['x-forwarded-for'], isTrusted, peer);
  };
}

/** Tells whether the peer of a request is one of the given proxies, so that what it says of the client counts. */
export function createProxyTrust(trustedProxies: readonly string[]): (request: AddressedRequest) => boolean {
  const trusted = trustedProxies.map(parseNetwork);
  return ({ socket }) => {
    const peer = normalise(socket.remoteAddress ?? '');
    return peer !== null && contains(trusted, peer);
  };
}

/** Whether the request comes from this machine itself and no proxy says that it speaks for somebody else. */
export function isLocalRequest({ headers, socket }: AddressedRequest): boolean {
  const peer = normalise(socket.remoteAddress ?? '');
  const forwarded = headers['x-forwarded-for'] ?? headers.forwarded ?? headers['x-real-ip'];
  return peer !== null && ipaddr.parse(peer).range() === 'loopback' && forwarded === undefined;
}

function lastUntrusted(
  header: string | string[] | undefined,
  isTrusted: (address: string) => boolean,
  peer: string,
): string {
  const hops = [header ?? []].flat().join(',').split(',').slice(-32).toReversed();
  let client = peer;
  for (const hop of hops) {
    const address = normalise(hop.trim());
    // A proxy that forwards nonsense tells us nothing about the client.
    if (address === null) return peer;
    client = address;
    if (!isTrusted(address)) break;
  }
  return client;
}

/** The canonical text of an address, IPv4-mapped IPv6 as IPv4; null for whatever is not exactly one address. */
function normalise(text: string): string | null {
  return isIP(text) === 0 || COMPATIBLE.test(text) ? null : ipaddr.process(text).toString();
}

function parseNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text) && !COMPATIBLE.test(text)) return unmapped(ipaddr.parseCIDR(text));
  const address = normalise(text);
  if (address === null)
    throw new TypeError(`"${text}" is neither an IP address nor a network in CIDR notation.`);
  const parsed = ipaddr.parse(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}

// Peers are compared as IPv4 where they are IPv4, so ::ffff:10.0.0.0/104 has to mean 10.0.0.0/8.
function unmapped([address, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): Network {
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return [address.toIPv4Address(), bits - 96];
  }
  return [address, bits];
}

function contains(networks: readonly Network[], text: string): boolean {
  const address = ipaddr.parse(text);
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}
