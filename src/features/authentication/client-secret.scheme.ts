import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import type { ClientAuthenticationService } from '../service-accounts/client-authentication.service.js';
import type { Credentials, Scheme } from './scheme.js';

const BASIC = /^basic(?: |$)/i;

/** `Authorization: Basic` with a service account's id and secret (RFC 6749 §2.3.1). */
export class ClientSecretScheme implements Scheme {
  constructor(private readonly deps: { readonly clientAuthentication: ClientAuthenticationService }) {}

  recognises({ authorization }: Credentials): boolean {
    return authorization !== null && BASIC.test(authorization);
  }

  /** Throws CLIENT_INVALID or RATE_LIMITED. */
  async authenticate({ authorization, ip }: Credentials): Promise<ServiceAccountPrincipal> {
    return await this.deps.clientAuthentication.byBasic(authorization, ip);
  }
}
