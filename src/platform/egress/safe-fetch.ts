import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.js';
import { EgressError } from './egress-error.js';
import { sendPinned, type SafeFetchInit } from './pinned-request.js';

export interface SafeFetchOptions {
  readonly policy: AddressPolicy;
  /** Lets plain http through, for development. */
  readonly allowHttp?: boolean;
  /** For the whole call, from the name look-up to the last byte; 5,000 unless given. */
  readonly timeoutMs?: number;
  /** Of the answer's body; 1 MB (1,048,576 bytes) unless given. */
  readonly maxBytes?: number;
  /** All addresses of a host; the system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

/** Calls a URL that somebody else chose. Shaped like fetch, so that libraries can be given it. */
export type SafeFetch = (url: string | URL, init?: SafeFetchInit) => Promise<Response>;

/**
 * Makes a fetch that cannot be turned against the network it runs in (ASVS 1.3.6): https only, every address
 * of the host is checked against the policy and only checked addresses are dialled, however the name answers
 * the next time (DNS rebinding). Redirects come back as answers and are never followed. Throws EgressError.
 */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const { timeoutMs = 5000, maxBytes = 1_048_576, resolve = systemResolver } = options;
  return async (input, init = {}) => {
    const url = checkedUrl(input, options.allowHttp ?? false);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout;
    try {
      const addresses = await abortable(resolveHost(url, resolve), signal);
      assertAllowed(url, addresses, options.policy);
      return await sendPinned({ url, addresses, signal, maxBytes }, init);
    } catch (cause) {
      if (cause instanceof EgressError) throw cause;
      throw toEgressError(cause, timeout);
    }
  };
}

function checkedUrl(input: string | URL, allowHttp: boolean): URL {
  if (!URL.canParse(String(input))) throw new EgressError('refused', 'This is not a URL.');
  const url = new URL(input);
  const schemes = allowHttp ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(url.protocol))
    throw new EgressError('refused', 'Only https addresses may be called.');
  // `https://public.test@10.0.0.1/` reads like another host than it is.
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('refused', 'A URL with credentials may not be called.');
  }
  return url;
}

async function resolveHost(url: URL, resolve: (hostname: string) => Promise<readonly string[]>) {
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  return resolve(host).catch((cause: unknown) => {
    throw new EgressError('unreachable', 'The host is not known.', { cause });
  });
}

async function systemResolver(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

function assertAllowed(url: URL, addresses: readonly string[], policy: AddressPolicy): void {
  if (addresses.length === 0) throw new EgressError('unreachable', 'The host is not known.');
  if (policy.isTrustedHost(hostOf(url))) return;
  // One private address among public ones is an attack as well: which one is dialled is a matter of luck.
  if (!addresses.every((address) => policy.isAllowed(address))) {
    throw new EgressError('refused', 'This address may not be called.');
  }
}

/** The host name or address, without the brackets of IPv6 and without the root's dot. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function toEgressError(cause: unknown, timeout: AbortSignal): EgressError {
  if (timeout.aborted) return new EgressError('timeout', 'The other side took too long.', { cause });
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new EgressError('too_large', 'The other side sent too much.', { cause });
  }
  return new EgressError('unreachable', 'The other side could not be reached.', { cause });
}
