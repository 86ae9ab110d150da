import { networkOf } from '../../kernel/network.js';

/** Who is being guessed at, and from where. */
export interface LockoutSubject {
  /**
   * The login name as it was given, normalised: whether such an account exists makes no difference here. All
   * flows that prove the same account (password, code, second factor, reset) must pass the same text.
   */
  readonly account: string;
  readonly ip: string | null;
}

/** A keyed hash of at most 64 characters, so that the table tells neither names nor addresses. */
export type Fingerprint = (value: string) => string;

/** The keys of the three counters of an attempt. */
export interface CounterKeys {
  readonly account: string;
  readonly network: string;
  readonly pair: string;
  /** The fingerprint of the account alone. */
  readonly fingerprint: string;
}

export function accountFingerprint(fingerprint: Fingerprint, account: string): string {
  return fingerprint(`account:${account}`);
}

export function counterKeys(fingerprint: Fingerprint, { account, ip }: LockoutSubject): CounterKeys {
  const owner = accountFingerprint(fingerprint, account);
  const network = fingerprint(`network:${networkOf(ip)}`);
  return {
    account: `account:${owner}`,
    network: `network:${network}`,
    pair: `pair:${owner}:${network}`,
    fingerprint: owner,
  };
}
