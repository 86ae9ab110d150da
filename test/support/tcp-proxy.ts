import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One proxied connection. */
interface Link {
  /** What the client calls itself in its first packet; empty until it has come. */
  application: string;
  /** How many the client has sent. */
  bytes: number;
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A proxy in front of Postgres whose connections can be silenced by the name of the application, without a
 * reset, as when a cable is pulled. What was silent goes on where it was when it heals.
 */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private readonly all: Link[] = [];
  private silenced: (application: string) => boolean = () => false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {}

  /** Listens on a free port of the loopback interface and passes everything on to `target`. */
  static async start(target: number): Promise<TcpProxy> {
    const server = createServer((client) => proxy.join(client));
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Passes nothing on, in either direction, for connections whose application matches, new ones included. */
  silence(matches: (application: string) => boolean): void {
    this.silenced = matches;
    for (const link of this.links) this.regulate(link);
  }

  /** Passes everything on again, also what was held back. */
  heal(): void {
    this.silence(() => false);
  }

  /** Bytes that clients whose application matches have sent so far. */
  bytesFrom(matches: (application: string) => boolean): number {
    return this.all
      .filter(({ application }) => matches(application))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Drops every connection and stops listening. */
  async stop(): Promise<void> {
    for (const { client, upstream } of this.links) {
      client.destroy();
      upstream.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const upstream = connect(this.target, '127.0.0.1');
    const link: Link = { application: '', bytes: 0, client, upstream };
    this.links.add(link);
    this.all.push(link);
    client.on('data', (data: Buffer) => {
      link.application ||= applicationOf(data);
      link.bytes += data.length;
      upstream.write(data);
      this.regulate(link);
    });
    upstream.on('data', (data: Buffer) => client.write(data));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => {
        this.links.delete(link);
        to.destroy();
      });
    }
  }

  private regulate({ application, client, upstream }: Link): void {
    for (const socket of [client, upstream]) {
      if (application !== '' && this.silenced(application)) socket.pause();
      else socket.resume();
    }
  }
}

/** `application_name` of a startup packet: length, protocol 3.0, then names and values, each ended by a zero. */
function applicationOf(packet: Buffer): string {
  const words = packet.subarray(8).toString('utf8').split('\0');
  return words[words.indexOf('application_name') + 1] ?? '';
}
