import { networkOf } from '../../kernel/network.js';

/** Who is being guessed at, and from where. */
export interface LockoutSubject {
  /**
   * The account by its id, or the login name as it was given, normalised, where there is none: whether there is
   * makes no difference here. All flows that prove the same account (password, code, second factor, reset) must
   * pass the same text.
   */
  readonly account: string;
  readonly ip: string | null;
  /** The device that was recognised (`caller.deviceId`), or null. */
  readonly deviceId: string | null;
}

/** A keyed hash of at most 64 characters, so that the table tells neither names nor addresses. */
export type Fingerprint = (value: string) => string;

/** The keys of the three counters of an attempt. */
export interface CounterKeys {
  readonly account: string;
  readonly network: string;
  /** The account from this device, or, where none was recognised, from this network. */
  readonly pair: string;
  /** The fingerprint of the account alone. */
  readonly fingerprint: string;
  /** The key of the account from any one device. */
  readonly fromDevice: (deviceId: string) => string;
}

export function accountFingerprint(fingerprint: Fingerprint, account: string): string {
  return fingerprint(`account:${account}`);
}

export function counterKeys(fingerprint: Fingerprint, subject: LockoutSubject): CounterKeys {
  const owner = accountFingerprint(fingerprint, subject.account);
  const network = fingerprint(`network:${networkOf(subject.ip)}`);
  const fromDevice = (deviceId: string): string => `device:${owner}:${fingerprint(`device:${deviceId}`)}`;
  return {
    account: `account:${owner}`,
    network: `network:${network}`,
    // Never both: everybody can have any number of devices, and a known network must not vouch for them.
    pair: subject.deviceId === null ? `pair:${owner}:${network}` : fromDevice(subject.deviceId),
    fingerprint: owner,
    fromDevice,
  };
}
