import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../features/authentication/authenticator.js';
import type { Credentials } from '../features/authentication/scheme.js';
import type { StepUpService } from '../features/step-up/step-up.service.js';
import { createContext, type GraphQLContext } from '../graphql/context.js';
import { BrowserCookies } from '../http/browser-cookies.js';
import type { ClientAddress } from '../http/client-address.js';
import type { ClientPlace } from '../http/client-place.js';
import type { Cookies } from '../http/cookies.js';
import type { CsrfGuard } from '../http/csrf.js';
import type { DeviceCookie } from '../http/device-cookie.js';
import { httpErrors } from '../http/http-errors.js';
import type { AnonymousPrincipal, Principal } from '../kernel/caller.js';
import type { Clock } from '../kernel/clock.js';
import { callerAt, credentialsOf, originOf } from './request-caller.js';

interface Deps {
  readonly authenticator: Authenticator;
  readonly clientAddress: ClientAddress;
  readonly clientPlace: ClientPlace;
  readonly cookies: Cookies;
  readonly csrf: CsrfGuard;
  readonly device: DeviceCookie;
  readonly stepUp: StepUpService;
  readonly clock: Clock;
}

/** Makes the context of an operation that came over HTTP. */
export class RequestContexts {
  constructor(private readonly deps: Deps) {}

  /** Never refuses: a credential that is not accepted leaves an anonymous caller who is told why. */
  async contextOf(request: FastifyRequest, reply: FastifyReply): Promise<GraphQLContext> {
    const { authenticator } = this.deps;
    const credentials = credentialsOf(request.raw, this.deps);
    const origin = originOf(request.raw, request.id, this.deps);
    const presented = await authenticator.identify(credentials);
    const caller = callerAt(origin, this.proven(request, credentials, presented));
    const renew = async () => {
      const renewed = await authenticator.authenticate(credentials);
      return callerAt(origin, this.proven(request, credentials, renewed));
    };
    const { 'x-action-token': actionToken } = request.headers;
    const stepUp = this.deps.stepUp.of([actionToken].flat()[0] ?? null);
    return createContext(caller, new BrowserCookies(this.deps, request, reply), renew, stepUp);
  }

  /**
   * A cookie is a credential only together with the proof that one of our own pages sends it: without that, the
   * caller is nobody. Who shows at least where they come from may still sign out.
   */
  private proven(request: FastifyRequest, { cookie }: Credentials, presented: Principal): Principal {
    const sessionId = cookie === null ? null : sessionOf(presented);
    if (sessionId === null || this.deps.csrf.isGenuine(request, sessionId)) return presented;
    const refused: AnonymousPrincipal = { kind: 'anonymous', refusal: httpErrors.CSRF_REFUSED() };
    return this.deps.csrf.isFromOurPage(request) ? { ...refused, lapsedSessionId: sessionId } : refused;
  }
}

function sessionOf(principal: Principal): string | null {
  if (principal.kind === 'user') return principal.sessionId;
  return principal.kind === 'anonymous' ? (principal.lapsedSessionId ?? null) : null;
}
