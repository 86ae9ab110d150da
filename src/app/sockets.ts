import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Context as SocketContext, Disposable, SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Authenticator } from '../features/authentication/authenticator.js';
import type { Credentials } from '../features/authentication/scheme.js';
import type { StepUpService } from '../features/step-up/step-up.service.js';
import { createContext } from '../graphql/context.js';
import type { DocumentPolicy } from '../graphql/document-policy.js';
import { Documents } from '../graphql/documents.js';
import { noCookies } from '../http/browser-cookies.js';
import type { ClientAddress } from '../http/client-address.js';
import type { ClientPlace } from '../http/client-place.js';
import type { Cookies } from '../http/cookies.js';
import type { DeviceCookie } from '../http/device-cookie.js';
import { isAllowedOrigin, isFromCookiePage, isLoopbackSelf, type OriginPolicy } from '../http/origins.js';
import { errors } from '../kernel/errors.js';
import { newId } from '../kernel/id.js';
import type { FormatError } from './error-formatter.js';
import { callerAt, originOf } from './request-caller.js';
import { type SocketRegistry, UNAUTHORIZED } from './socket-registry.js';

const SUBPROTOCOL = 'graphql-transport-ws';
const PING_MS = 15_000;
const INIT_TIMEOUT_MS = 3_000;
const MAX_OPERATIONS = 50;
const MAX_UNREAD_BYTES = 1_000_000;

const NONE: Credentials = { authorization: null, apiKey: null, cookie: null, ip: null };

interface Options {
  readonly schema: GraphQLSchema;
  readonly authenticator: Authenticator;
  readonly stepUp: StepUpService;
  readonly registry: SocketRegistry;
  readonly policy: DocumentPolicy;
  readonly format: FormatError;
  readonly clientAddress: ClientAddress;
  readonly clientPlace: ClientPlace;
  readonly cookies: Cookies;
  readonly device: DeviceCookie;
  readonly origins: OriginPolicy;
  readonly maxPayloadBytes: number;
}

/** What the socket presented at `connection_init`; each operation is authenticated with it anew. */
interface Presented {
  credentials: Credentials;
}
type Connection = SocketContext<Record<string, unknown>, Extra & Partial<Presented>>;

/** GraphQL over websocket (`graphql-transport-ws`) at `/graphql`, on the HTTP server's own port. */
export class GraphQLSockets {
  private readonly sockets: WebSocketServer;
  private readonly documents: Documents;
  private readonly protocol: Disposable;

  constructor(private readonly options: Options) {
    this.documents = new Documents(options.schema, { hideSuggestions: options.policy.production });
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxPayloadBytes,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.protocol = useServer<Record<string, unknown>, Partial<Presented> & Record<string, unknown>>(
      {
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        onConnect: (connection) => this.connect(connection),
        onSubscribe: (connection, _id, payload) => this.prepare(connection, payload),
        onNext: (...[connection, , , args, { errors: raised, ...result }]) => {
          cutOffIfClogged(connection.extra.socket);
          return raised ? { ...result, errors: this.publicErrors(raised, args) } : result;
        },
        onError: (_connection, _id, _payload, raised) => this.publicErrors(raised),
      },
      this.sockets,
      PING_MS,
    );
  }

  /** Answers the upgrades of `server` at `/graphql`; other paths are left to others, or refused if there are none. */
  listenOn(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if ((request.url ?? '').split('?', 1)[0] !== '/graphql') {
        if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, '404 Not Found');
        return;
      }
      // A page elsewhere must not open a socket with the user's browser (ASVS 4.4.2).
      if (!this.isOurs(request.headers)) {
        refuseUpgrade(socket, '403 Forbidden');
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (opened) => {
        this.sockets.emit('connection', opened, request);
        // graphql-ws would print every message that is too large or malformed, stack included. It is the sender's
        // fault alone, and the socket closes by itself.
        opened.removeAllListeners('error').on('error', () => {});
        const cut = (): void => cutOffIfClogged(opened);
        opened.on('message', cut).on('ping', cut);
      });
    });
  }

  /** Closes every socket with 1001. */
  async close(): Promise<void> {
    await this.protocol.dispose();
  }

  private isOurs({ origin, host }: IncomingMessage['headers']): boolean {
    if (origin === undefined) return true;
    return isAllowedOrigin(origin, this.options.origins) || isLoopbackSelf(origin, host);
  }

  private async connect(connection: Connection): Promise<boolean> {
    const { socket, request } = connection.extra;
    const authorization = connection.connectionParams?.['authorization'];
    if (authorization !== undefined && typeof authorization !== 'string') return refuse();
    const credentials = this.credentialsAt(request, authorization);
    try {
      const principal = await this.options.authenticator.authenticate(credentials);
      this.options.registry.add(socket, principal);
      // All tokens of an account may have ended while one was read, and an end of that kind has no name to be kept by.
      if (principal.kind === 'service_account') await this.options.authenticator.authenticate(credentials);
      connection.extra.credentials = credentials;
      return true;
    } catch {
      // Whatever the reason: a credential that is not known to be good is refused.
      return refuse();
    }

    function refuse(): boolean {
      socket.close(UNAUTHORIZED, 'Unauthorized');
      return false;
    }
  }

  /**
   * What the client names at `connection_init`, or else the cookie that its browser sent with the handshake. That
   * one counts for pages that may use cookies only: a handshake asks for no permission as other requests do, and
   * a socket that a page elsewhere opened would act as the user (ASVS 4.4.2).
   */
  private credentialsAt(request: IncomingMessage, authorization: string | undefined): Credentials {
    const { origins, cookies, clientAddress } = this.options;
    const from = { ...NONE, ip: clientAddress(request) };
    if (authorization !== undefined) return { ...from, authorization };
    const mayUseCookies = request.headers.origin !== undefined && isFromCookiePage(request, origins);
    return mayUseCookies ? { ...from, cookie: cookies.accessTokenOf(request.headers) } : from;
  }

  private async prepare(
    connection: Connection,
    { query, variables, operationName }: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const read = this.documents.get(query);
    if ('errors' in read) return read.errors;
    try {
      const contextValue = await this.contextOf(connection);
      const refusal = this.options.policy.judge(read.document, contextValue.caller);
      if (refusal) throw refusal;
      if (Object.keys(connection.subscriptions).length > MAX_OPERATIONS)
        throw errors.RATE_LIMITED({ retryAfter: 1 });
      const args = { schema: this.options.schema, document: read.document, contextValue };
      return { ...args, variableValues: variables ?? null, operationName: operationName ?? null };
    } catch (error) {
      return [wrap(error)];
    }
  }

  private async contextOf({ extra }: Connection) {
    const credentials = extra.credentials ?? NONE;
    const origin = originOf(extra.request, newId(), this.options);
    const authenticate = async () =>
      callerAt(origin, await this.options.authenticator.authenticate(credentials));
    // A header belongs to one request; over a socket one proves it with `reauthenticate`.
    const stepUp = this.options.stepUp.of(null);
    return createContext(await authenticate(), noCookies, authenticate, stepUp);
  }

  private publicErrors(raised: readonly GraphQLError[], args?: ExecutionArgs): GraphQLFormattedError[] {
    const context = args?.contextValue as { caller?: { requestId: string } } | undefined;
    const requestId = context?.caller?.requestId ?? newId();
    return raised.map((error) => this.options.format(error, error, requestId));
  }
}

function wrap(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

/** Whoever sends and does not read would have their answers pile up in our memory. */
function cutOffIfClogged(socket: WebSocket): void {
  if (socket.bufferedAmount <= MAX_UNREAD_BYTES) return;
  // What has arrived already would be answered, and each answer would fail.
  socket.removeAllListeners('message');
  socket.terminate();
}

function refuseUpgrade(socket: Duplex, status: string): void {
  // Node has taken its own listener off: without this one a connection reset here would end the process.
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
