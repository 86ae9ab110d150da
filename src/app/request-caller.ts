import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../features/authentication/scheme.js';
import type { AddressedRequest, ClientAddress } from '../http/client-address.js';
import type { Caller, Principal } from '../kernel/caller.js';

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
  return { ip: clientAddress(request), userAgent: request.headers['user-agent'] ?? null, requestId };
}

/** A caller at that origin. */
export function callerAt(origin: Omit<Caller, 'principal'>, principal: Principal): Caller {
  return { ...origin, principal };
}
