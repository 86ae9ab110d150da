import { networkOf } from '../../kernel/network.js';

/** Who is being guessed at, and from where. */
export interface LockoutSubject {
  /**
   * `user:<id>`, or, where there is no such user, the login name as it was given, normalised: whether there is
   * makes no difference to what is counted. All flows that prove the same account (password, code, second
   * factor, reset) must pass the same text.
   */
  readonly account: string;
  readonly ip: string | null;
  /** The device that the caller's cookie names (`caller.deviceId`), or null. */
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
  /** The account alone. */
  readonly owner: string;
  /** The key of the account from any one device. */
  readonly fromDevice: (deviceId: string) => string;
}

/** A user by the id, so that operators find who is locked; a name that somebody typed by its fingerprint. */
export function accountKey(fingerprint: Fingerprint, account: string): string {
  return USER.test(account) ? account : fingerprint(`account:${account}`);
}

const USER = /^user:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function counterKeys(fingerprint: Fingerprint, subject: LockoutSubject): CounterKeys {
  const owner = accountKey(fingerprint, subject.account);
  const network = fingerprint(`network:${networkOf(subject.ip)}`);
  const fromDevice = (deviceId: string): string => `device:${owner}:${fingerprint(`device:${deviceId}`)}`;
  return {
    account: `account:${owner}`,
    network: `network:${network}`,
    // Never both: everybody can have any number of devices, and a known network must not vouch for them.
    pair: subject.deviceId === null ? `pair:${owner}:${network}` : fromDevice(subject.deviceId),
    owner,
    fromDevice,
  };
}
