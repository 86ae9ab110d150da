import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { errors } from '../../kernel/errors.js';
import { networkOf } from '../../kernel/network.js';

/** Which live sessions an admin means; absent parts do not narrow it. */
export interface SessionFilter {
  readonly userId?: string | null;
  /** A network in CIDR notation, or an address: its /24, or its /64 for IPv6. */
  readonly network?: string | null;
  /** The device label, or a part of the user agent. */
  readonly agent?: string | null;
  /** When they began. */
  readonly from?: Date | null;
  readonly to?: Date | null;
}

/** A condition on a session `s`, with the values of its placeholders. */
export interface SessionCondition {
  readonly sql: string;
  readonly values: readonly (string | Date)[];
}

/** Throws INVALID_INPUT for a filter that does not narrow anything, or a network that is none. */
export function conditionOf(filter: SessionFilter): SessionCondition {
  const { userId, network, agent, from, to } = filter;
  const parts: { sql: string; values: (string | Date)[] }[] = [];
  if (userId) parts.push({ sql: 's.user_id = ?', values: [userId.toLowerCase()] });
  // The case keeps the cast from whatever is no address.
  if (network)
    parts.push({
      sql: `case when s.ip ~ '^[0-9a-f.:]+$' then s.ip::inet <<= ?::cidr else false end`,
      values: [networkIn(network)],
    });
  if (agent)
    parts.push({
      sql: '(s.device_label = ? or strpos(lower(s.user_agent), lower(?)) > 0)',
      values: [agent, agent],
    });
  if (from) parts.push({ sql: 's.created_at >= ?', values: [from] });
  if (to) parts.push({ sql: 's.created_at < ?', values: [to] });
  if (parts.length === 0) throw errors.INVALID_INPUT({ details: { reasons: ['Give at least one filter.'] } });
  return {
    sql: parts.map(({ sql }) => sql).join(' and '),
    values: parts.flatMap(({ values }) => values),
  };
}

/** In the form that Postgres takes: no bits set beyond the prefix, IPv4 inside IPv6 as IPv4. */
function networkIn(text: string): string {
  if (isIP(text) !== 0) return networkOf(text);
  try {
    const [address, bits] = ipaddr.parseCIDR(text);
    if (address instanceof ipaddr.IPv4) {
      return `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${bits}`;
    }
    if (address.isIPv4MappedAddress() && bits >= 96) {
      return networkIn(`${address.toIPv4Address().toString()}/${bits - 96}`);
    }
    return `${ipaddr.IPv6.networkAddressFromCIDR(text).toString()}/${bits}`;
  } catch (cause) {
    throw errors.INVALID_INPUT({ details: { reasons: ['The network is none.'] }, cause });
  }
}
