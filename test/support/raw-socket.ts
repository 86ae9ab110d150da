import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A message of `graphql-transport-ws`. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** The outcome of one operation. */
export interface OperationResult {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  /** The code of the first error, or undefined. */
  readonly code: unknown;
}

interface Options {
  /** Sent with `connection_init`. */
  readonly params?: Record<string, unknown>;
  /** The `Origin` of the page that opens it; none by default, as programs send none. */
  readonly origin?: string;
  /** The cookies that its browser sends with the handshake. */
  readonly cookie?: string;
}

/** A websocket on which a test says whatever it likes, unlike a client library. */
export class RawSocket {
  /** Resolves with the code and reason under which the server closed it. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Every message so far. */
  readonly received: SocketMessage[] = [];
  private readonly waiting: (() => void)[] = [];
  private count = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString('utf8')));
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString('utf8') });
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
  }

  /** Opens the socket and says nothing yet. Rejects when the upgrade is refused. */
  static async connect(url: string, { origin, cookie }: Options = {}): Promise<RawSocket> {
    const address = `${url.replace('http', 'ws')}/graphql`;
    const socket = new WebSocket(address, 'graphql-transport-ws', {
      ...(origin === undefined ? {} : { origin }),
      ...(cookie === undefined ? {} : { headers: { cookie } }),
    });
    const raw = new RawSocket(socket);
    await once(socket, 'open');
    return raw;
  }

  /** Opens the socket and initialises the connection. */
  static async open(url: string, options: Options = {}): Promise<RawSocket> {
    const raw = await RawSocket.connect(url, options);
    raw.send({ type: 'connection_init', payload: options.params ?? {} });
    await raw.next(({ type }) => type === 'connection_ack');
    return raw;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message, past or to come, that matches. Rejects when the socket closes without it. */
  async next(matches: (message: SocketMessage) => boolean): Promise<SocketMessage> {
    for (;;) {
      const found = this.received.find(matches);
      if (found) return found;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error('The socket closed without an answer.');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Runs one operation and answers its result, whether it came as `next` or as `error`. */
  async operate(
    query: string,
    more: { variables?: unknown; operationName?: string | undefined } = {},
  ): Promise<OperationResult> {
    this.count += 1;
    const id = String(this.count);
    this.send({ type: 'subscribe', id, payload: { query, ...more } });
    const { type, payload } = await this.next(
      (message) => message.id === id && (message.type === 'next' || message.type === 'error'),
    );
    const result = (type === 'error' ? { errors: payload } : payload) as Partial<OperationResult>;
    const { data, errors = [] } = result;
    return { data, errors, code: errors[0]?.extensions['code'] };
  }

  close(): void {
    this.socket.close();
  }
}
