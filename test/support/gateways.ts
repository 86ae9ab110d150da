import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fencedBlocks } from './fenced-block.js';
import { freePort } from './free-port.js';

const GUIDE = 'docs/guides/gateways.md';

/** Where the program is, or undefined; Debian keeps servers where only root looks for them. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The service behind a gateway: it answers with the headers that have reached it. */
export class Backend {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<Backend> {
    const server = createServer((request, response) => {
      response.end(JSON.stringify(request.headers satisfies IncomingHttpHeaders));
    });
    return new Backend(server, await listen(server));
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

interface Ports {
  readonly latchkey: number;
  readonly backend: number;
}

/** A gateway of the test's own, on a free port of the loopback interface, configured as the guide has it. */
export class Gateway {
  private output = '';

  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    }
  }

  static async nginx(ports: Ports): Promise<Gateway> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-nginx-'));
    const block = blockOf('nginx', ports).replace('listen 8080;', `listen 127.0.0.1:${port};`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(directory, name)};`,
    );
    const text = [
      // Where root starts it, its workers could not read the directory.
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      `daemon off; pid ${join(directory, 'pid')}; worker_processes 1; error_log stderr;`,
      `events {} http { access_log off; ${temporary.join(' ')} ${block} }`,
    ];
    const file = join(directory, 'nginx.conf');
    writeFileSync(file, text.join('\n'));
    const child = spawn(findProgram('nginx') ?? '', ['-e', 'stderr', '-p', directory, '-c', file]);
    return await new Gateway(`http://127.0.0.1:${port}`, directory, child).ready();
  }

  static async caddy(ports: Ports): Promise<Gateway> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-caddy-'));
    const block = blockOf('caddyfile', ports).replace(':8080 {', `http://127.0.0.1:${port} {`);
    const file = join(directory, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n}\n${block}`);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      XDG_DATA_HOME: directory,
      XDG_CONFIG_HOME: directory,
    };
    const options = ['run', '--config', file, '--adapter', 'caddyfile'];
    const child = spawn(findProgram('caddy') ?? '', options, { env });
    return await new Gateway(`http://127.0.0.1:${port}`, directory, child).ready();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    if (this.isRunning()) this.child.kill('SIGTERM');
    else this.child.emit('close');
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private async ready(): Promise<this> {
    for (let tries = 0; tries < 250 && this.isRunning(); tries += 1) {
      const up = await fetch(this.url).then(
        () => true,
        () => false,
      );
      if (up) return this;
      await sleep(20);
    }
    await this.stop();
    throw new Error(`The gateway did not start:\n${this.output}`);
  }
}

/** The one block of the guide in that language, with the servers of the test in the place of those of the guide. */
function blockOf(language: string, { latchkey, backend }: Ports): string {
  const [block = '', ...others] = fencedBlocks(GUIDE, language);
  if (others.length > 0) throw new Error(`The guide has more than one block of ${language}.`);
  return block
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${latchkey}`)
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${backend}`);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
