import { type AnonymousPrincipal, anonymous, type Principal } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import { authenticationErrors } from './authentication.contract.js';
import type { Credentials, Scheme } from './scheme.js';
import { LapsedSession } from './session.scheme.js';

/**
 * Credential in, principal out. The first scheme that recognises what is presented decides alone: a refused
 * credential never falls back to another one of the same request (CVE-2026-9704).
 */
export class Authenticator {
  /** `schemes` in the order of precedence. */
  constructor(private readonly deps: { readonly schemes: readonly Scheme[] }) {}

  /** Who is asking. Throws the refusal when a credential is presented and not accepted. */
  async authenticate(credentials: Credentials): Promise<Principal> {
    const scheme = this.deps.schemes.find((each) => each.recognises(credentials));
    if (scheme) return await scheme.authenticate(credentials);
    if (credentials.authorization !== null || credentials.apiKey !== null) {
      throw authenticationErrors.CREDENTIAL_INVALID();
    }
    return anonymous;
  }

  /**
   * Who is asking, where a refused credential must not stop the request: signing out or in again is open to
   * an expired token too. The caller is then anonymous, and every guarded field answers with the refusal.
   */
  async identify(credentials: Credentials): Promise<Principal> {
    try {
      return await this.authenticate(credentials);
    } catch (error) {
      if (!(error instanceof AuthError) || error.status !== 401) throw error;
      return refused(error);
    }
  }
}

function refused(refusal: AuthError): AnonymousPrincipal {
  const { cause } = refusal;
  return cause instanceof LapsedSession
    ? { kind: 'anonymous', refusal, lapsedSessionId: cause.sessionId }
    : { kind: 'anonymous', refusal };
}
