import { networkOf } from '../../kernel/network.js';

/** What can be unusual about the beginning of a session. */
export const SUSPICION_REASONS = ['new_network', 'new_agent', 'failures_before'] as const;
export type SuspicionReason = (typeof SUSPICION_REASONS)[number];

/** Where somebody signs in from, or once did. */
export interface SessionOrigin {
  readonly ip: string | null;
  readonly deviceLabel: string;
}

/** What is known of an account at the moment when a session of it begins. */
export interface SessionBackground {
  /** Its other sessions, those that ended within the last 30 days included. */
  readonly earlier: readonly SessionOrigin[];
  /** Whether somebody failed to sign in to it within the last hour. */
  readonly failuresBefore: boolean;
}

/**
 * What the owner should look at twice. Nothing of a first session: there is nothing to compare it with, and whoever
 * has just signed up has mistyped something. An address that is not known is not compared.
 */
export function flagsOf(
  { ip, deviceLabel }: SessionOrigin,
  { earlier, failuresBefore }: SessionBackground,
): SuspicionReason[] {
  if (earlier.length === 0) return [];
  const network = networkOf(ip);
  const flags: SuspicionReason[] = [];
  if (ip !== null && !earlier.some((each) => networkOf(each.ip) === network)) flags.push('new_network');
  if (!earlier.some((each) => each.deviceLabel === deviceLabel)) flags.push('new_agent');
  if (failuresBefore) flags.push('failures_before');
  return flags;
}
