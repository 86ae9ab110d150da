import type { IncomingHttpHeaders } from 'node:http';
import { OAuthError } from '../../http/oauth-error.js';
import { type OAuthForm, parameterOf } from '../../http/oauth-form.js';
import { AuthError } from '../../kernel/errors.js';
import { networkOf } from '../../kernel/network.js';
import type { Metrics, Tally } from '../../platform/metrics.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import { basicCredentials, type ClientCredentials } from './basic-credentials.js';
import type { ClientPrincipal, LiveClientService } from './live-client.service.js';
import { clientAuthentications, serviceAccountErrors } from './service-accounts.contract.js';

/** Where a client authenticates, as far as it matters for that. */
export interface ClientRequest {
  readonly headers: IncomingHttpHeaders;
  readonly form: OAuthForm;
  /** The client's address behind the trusted proxies, or null where it is not known. */
  readonly ip: string | null;
}

interface Deps {
  readonly liveClients: LiveClientService;
  readonly metrics: Metrics;
  readonly budgets: { readonly clientFailures: RateLimiter };
}

/**
 * Finds out which service account presents a client secret, in each of the ways there are (RFC 6749 §2.3.1). Wrong
 * secrets are charged to the network that they come from; the right one always passes, so that whoever guesses next
 * door locks nobody out.
 */
export class ClientAuthenticationService {
  private readonly counts: { readonly accepted: Tally; readonly refused: Tally };

  constructor(private readonly deps: Deps) {
    const tallies = deps.metrics.counter(clientAuthentications);
    this.counts = { accepted: tallies.of('accepted'), refused: tallies.of('refused') };
  }

  /** `client_secret_basic`. Throws CLIENT_INVALID, and RATE_LIMITED instead where too many have failed. */
  async byBasic(authorization: string | null, ip: string | null): Promise<ClientPrincipal> {
    return await this.authenticate(basicCredentials(authorization), ip, authorization);
  }

  /** Who came with this very header before and may come again; undefined where `byBasic` has to be asked. */
  recall(authorization: string): ClientPrincipal | undefined {
    const client = this.deps.liveClients.recall(authorization);
    if (client) this.counts.accepted.count += 1;
    return client;
  }

  /**
   * `client_secret_basic` or `client_secret_post`, never both (RFC 6749 §2.3). Throws OAuthError, CLIENT_INVALID or
   * RATE_LIMITED.
   */
  async byRequest({ headers: { authorization }, form, ip }: ClientRequest): Promise<ClientPrincipal> {
    const [clientId, clientSecret] = [parameterOf(form, 'client_id'), parameterOf(form, 'client_secret')];
    if (authorization !== undefined && clientSecret !== null) {
      throw new OAuthError('invalid_request', 'Authenticate in one way only.');
    }
    if (authorization === undefined) {
      if (clientSecret === null) throw new OAuthError('invalid_client', 'Client authentication is missing.');
      return await this.authenticate({ clientId: clientId ?? '', clientSecret }, ip);
    }
    const presented = basicCredentials(authorization);
    if (presented && clientId !== null && clientId !== presented.clientId) {
      throw new OAuthError('invalid_request', 'The parameter client_id names another client.');
    }
    return await this.authenticate(presented, ip, authorization);
  }

  private async authenticate(
    presented: ClientCredentials | null,
    ip: string | null,
    header: string | null = null,
  ): Promise<ClientPrincipal> {
    try {
      if (!presented) throw serviceAccountErrors.CLIENT_INVALID();
      const { clientId, clientSecret } = presented;
      const client = await this.deps.liveClients.authenticate(clientId, clientSecret, header);
      this.counts.accepted.count += 1;
      return client;
    } catch (error) {
      if (error instanceof AuthError && error.code === 'CLIENT_INVALID') {
        this.counts.refused.count += 1;
        await this.deps.budgets.clientFailures.consume(networkOf(ip));
      }
      throw error;
    }
  }
}
