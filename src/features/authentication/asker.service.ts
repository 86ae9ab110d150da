import type { IncomingHttpHeaders } from 'node:http';
import { OAuthError } from '../../http/oauth-error.js';
import { parameterOf } from '../../http/oauth-form.js';
import type { ApiKeyPrincipal, Principal, ServiceAccountPrincipal } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import type {
  ClientAuthenticationService,
  ClientRequest,
} from '../service-accounts/client-authentication.service.js';
import type { Authenticator } from './authenticator.js';

/** A service account, by its secret, its access token or a key of it. */
export type Asker = ServiceAccountPrincipal | ApiKeyPrincipal;

const BEARER = /^bearer(?: |$)/i;

interface Deps {
  readonly authenticator: Authenticator;
  readonly clientAuthentication: ClientAuthenticationService;
}

/** Finds out which service account asks about a token, in each of the ways that there are (RFC 7662 §2.1). */
export class AskerService {
  constructor(private readonly deps: Deps) {}

  /**
   * By `client_secret_basic`, `client_secret_post`, a Bearer access token or API key, or `X-API-Key`; by one of them and
   * no more (RFC 6749 §2.3). Throws OAuthError, CLIENT_INVALID or RATE_LIMITED.
   */
  async byRequest(request: ClientRequest): Promise<Asker> {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    const isPosted = parameterOf(request.form, 'client_secret') !== null;
    const ways = Number(authorization !== undefined) + Number(apiKey !== undefined) + Number(isPosted);
    if (ways > 1) throw new OAuthError('invalid_request', 'Authenticate in one way only.');
    if (apiKey !== undefined || (authorization !== undefined && BEARER.test(authorization))) {
      return await this.byToken(request);
    }
    return await this.deps.clientAuthentication.byRequest(request);
  }

  /** Who asks with a header that was seen before, and with nothing else; undefined where `byRequest` has to be asked. */
  recall({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): Asker | undefined {
    if (authorization === undefined || apiKey !== undefined) return undefined;
    return this.deps.clientAuthentication.recall(authorization);
  }

  private async byToken({ headers, ip }: ClientRequest): Promise<Asker> {
    const { authorization = null, 'x-api-key': apiKey } = headers;
    const credentials = { authorization, apiKey: [apiKey].flat()[0] ?? null, cookie: null, ip };
    // RFC 7662 §2.3, RFC 6749 §5.2: in the words of the scheme that they came with.
    const refusal = authorization === null ? 'invalid_client' : 'invalid_token';
    try {
      const principal = await this.deps.authenticator.authenticate(credentials);
      if (isMachine(principal)) return principal;
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) {
        throw new OAuthError(refusal, error.message, { cause: error });
      }
      throw error;
    }
    throw new OAuthError(refusal, 'Only service accounts may ask.');
  }
}

/** A person's token, or key, must not do: whoever it was stolen from would be an oracle for all other stolen ones. */
function isMachine(principal: Principal): principal is Asker {
  if (principal.kind === 'api_key') return principal.owner.kind === 'service_account';
  return principal.kind === 'service_account';
}
