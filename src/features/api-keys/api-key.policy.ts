import { type AuthError, errors } from '../../kernel/errors.js';
import { areWithin, type Network, parseNetwork, writeNetwork } from '../../kernel/network-list.js';

const DAY_MS = 86_400_000;
/** From how many networks one key may be used at most. */
export const MAX_NETWORKS = 20;

/** How long keys are valid, in days. */
export interface LifetimeSettings {
  readonly defaultDays: number;
  readonly maxDays: number;
}

/** Each network once, in the form in which it is stored. Throws INVALID_INPUT. */
export function readNetworks(texts: readonly string[]): string[] {
  const networks = texts.map(parseNetwork).map((network) => (network ? writeNetwork(network) : null));
  if (networks.length > MAX_NETWORKS || networks.includes(null)) {
    const what = 'an IPv4 or IPv6 address, or a network in CIDR notation without a host part';
    throw fault('allowedNetworks', `It has at most ${MAX_NETWORKS} entries; each is ${what}.`);
  }
  return [...new Set(networks.filter((network) => network !== null))];
}

/** Whether a key may be used from somewhere new with these networks in the place of others, all as they are stored. */
export function reachesFurther(texts: readonly string[], before: readonly string[]): boolean {
  if (texts.length === 0 || before.length === 0) return before.length > 0;
  return !areWithin(networksOf(texts), networksOf(before));
}

function networksOf(texts: readonly string[]): Network[] {
  return texts.map(parseNetwork).filter((network) => network !== null);
}

/** For how many days a new key is valid. Throws INVALID_INPUT. */
export function readDays(days: number | null, { defaultDays, maxDays }: LifetimeSettings): number {
  if (days !== null && (days < 1 || days > maxDays)) throw fault('expiresInDays', `It is 1 to ${maxDays}.`);
  return days ?? defaultDays;
}

/** For how many days a key was made that was to be good from one time to another; null for one that never ends. */
export function daysBetween(from: Date, to: Date | null): number | null {
  return to === null ? null : Math.max(1, Math.ceil((to.getTime() - from.getTime()) / DAY_MS));
}

/** The refusal of an input, which names its field. */
export function fault(field: string, reason: string): AuthError {
  return errors.INVALID_INPUT({ details: { fields: [{ field, reasons: [reason] }] } });
}
