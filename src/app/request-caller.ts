import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../features/authentication/scheme.js';
import type { AddressedRequest, ClientAddress } from '../http/client-address.js';
import type { Caller, Principal } from '../kernel/caller.js';

/** Longer ones are cut: they are stored with sessions and audit rows. */
const MAX_USER_AGENT_LENGTH = 500;

/** What a request presents to say who it is. */
export function credentialsOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): Credentials {
  return { authorization: authorization ?? null, apiKey: [apiKey ?? null].flat()[0] ?? null };
}

/** Where a request comes from. */
export function originOf(
  request: AddressedRequest,
  requestId: string,
  clientAddress: ClientAddress,
): Omit<Caller, 'principal'> {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
  return { ip: clientAddress(request), userAgent, deviceId: null, requestId };
}

/** A caller at that origin. */
export function callerAt(origin: Omit<Caller, 'principal'>, principal: Principal): Caller {
  return { ...origin, principal };
}
