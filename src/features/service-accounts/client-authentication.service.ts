import type { IncomingHttpHeaders } from 'node:http';
import { OAuthError } from '../../http/oauth-error.js';
import { type OAuthForm, parameterOf } from '../../http/oauth-form.js';
import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import { basicCredentials } from './basic-credentials.js';
import type { ServiceAccountService } from './service-account.service.js';
import { serviceAccountErrors } from './service-accounts.contract.js';

/** Finds out which service account presents a client secret, in each of the ways there are (RFC 6749 §2.3.1). */
export class ClientAuthenticationService {
  constructor(private readonly deps: { readonly serviceAccounts: ServiceAccountService }) {}

  /** `client_secret_basic`. Throws CLIENT_INVALID. */
  async byBasic(authorization: string | null): Promise<ServiceAccountPrincipal> {
    const presented = basicCredentials(authorization);
    if (!presented) throw serviceAccountErrors.CLIENT_INVALID();
    return await this.deps.serviceAccounts.authenticate(presented.clientId, presented.clientSecret);
  }

  /**
   * `client_secret_basic` or `client_secret_post`, never both (RFC 6749 §2.3). Throws OAuthError or CLIENT_INVALID.
   */
  async byRequest(headers: IncomingHttpHeaders, form: OAuthForm): Promise<ServiceAccountPrincipal> {
    const { authorization } = headers;
    const clientSecret = parameterOf(form, 'client_secret');
    if (authorization !== undefined && clientSecret !== null) {
      throw new OAuthError('invalid_request', 'Authenticate in one way only.');
    }
    if (authorization !== undefined) return await this.byBasic(authorization);
    if (clientSecret === null) throw new OAuthError('invalid_client', 'Client authentication is missing.');
    const clientId = parameterOf(form, 'client_id') ?? '';
    return await this.deps.serviceAccounts.authenticate(clientId, clientSecret);
  }
}
