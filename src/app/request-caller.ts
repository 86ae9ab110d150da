import type { Credentials } from '../features/authentication/scheme.js';
import type { AddressedRequest, ClientAddress } from '../http/client-address.js';
import type { ClientPlace } from '../http/client-place.js';
import type { Cookies } from '../http/cookies.js';
import type { DeviceCookie } from '../http/device-cookie.js';
import type { Caller, Principal } from '../kernel/caller.js';

/** Longer ones are cut: they are stored with sessions and audit rows. */
const MAX_USER_AGENT_LENGTH = 500;

/** Where a request comes from. */
export interface RequestOrigin {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly place: string | null;
  readonly requestId: string;
  /** Which device it is, if it was recognised: read when somebody asks, and only sign-in does. */
  readonly findDeviceId: () => string | null;
}

interface Deps {
  readonly clientAddress: ClientAddress;
  readonly clientPlace: ClientPlace;
  readonly device: DeviceCookie;
}

/** What a request presents to say who it is. */
export function credentialsOf(
  request: AddressedRequest,
  { cookies, clientAddress }: { readonly cookies: Cookies; readonly clientAddress: ClientAddress },
): Credentials {
  const { authorization = null, 'x-api-key': apiKey = null } = request.headers;
  return {
    authorization,
    apiKey: [apiKey].flat()[0] ?? null,
    cookie: cookies.accessTokenOf(request.headers),
    ip: clientAddress(request),
  };
}

/** Where a request comes from. */
export function originOf(
  request: AddressedRequest,
  requestId: string,
  { clientAddress, clientPlace, device }: Deps,
): RequestOrigin {
  return {
    ip: clientAddress(request),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    place: clientPlace(request),
    requestId,
    findDeviceId: () => device.read(request.headers),
  };
}

/** A caller at that origin. */
export function callerAt(origin: RequestOrigin, principal: Principal): Caller {
  const { ip, userAgent, place, requestId } = origin;
  return {
    principal,
    ip,
    userAgent,
    place,
    requestId,
    get deviceId() {
      return origin.findDeviceId();
    },
  };
}
