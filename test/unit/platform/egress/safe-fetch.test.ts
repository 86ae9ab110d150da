import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FetchImplementation } from 'jose';
import type { CustomFetch } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AddressPolicy } from '../../../../src/platform/egress/address-policy.js';
import { EgressError } from '../../../../src/platform/egress/egress-error.js';
import { createSafeFetch, type SafeFetchOptions } from '../../../../src/platform/egress/safe-fetch.js';

/** Listens on 127.0.0.1 and ::1 and must never be reached. */
let canary: Server;
let canaryV6: Server;
let hits = 0;
/** Listens on 127.0.0.2, the one address that is allowed, at the canary's port. */
let allowed: Server;
let port: number;
let behave: RequestListener;

beforeAll(async () => {
  const count: RequestListener = (_request, response) => {
    hits += 1;
    response.end('canary');
  };
  canary = createServer(count).on('connection', () => (hits += 1));
  port = await listen(canary, '127.0.0.1', 0);
  canaryV6 = createServer(count).on('connection', () => (hits += 1));
  await listen(canaryV6, '::1', port).catch(() => undefined);
  allowed = createServer((request, response) => behave(request, response));
  await listen(allowed, '127.0.0.2', port);
});
afterEach(() => {
  hits = 0;
});
afterAll(() => {
  for (const server of [canary, canaryV6, allowed]) {
    server.closeAllConnections();
    server.close();
  }
});

function listen(server: Server, host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => resolve((server.address() as AddressInfo).port));
  });
}

const policy = new AddressPolicy(['127.0.0.2']);
const toAllowed = async () => ['127.0.0.2'];

function safeFetch(options: Partial<SafeFetchOptions> = {}) {
  return createSafeFetch({ policy, allowHttp: true, timeoutMs: 500, resolve: toAllowed, ...options });
}

function reason(attempt: Promise<Response>) {
  return attempt.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof EgressError ? error.reason : error),
  );
}

describe('a call to an allowed address', () => {
  it('sends what fetch would send and brings the whole answer', async () => {
    behave = (request, response) => {
      const seen = { url: request.url, method: request.method, headers: request.headers };
      request.on('data', (body: Buffer) => {
        response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'content-type': 'application/json' });
        response.end(JSON.stringify({ ...seen, body: body.toString() }));
      });
    };
    const body = new URLSearchParams({ grant_type: 'refresh_token' });
    const headers = new Headers({ 'x-one': '1' });
    const answer = await safeFetch()(`http://api.test:${port}/path?q=1#f`, { method: 'post', headers, body });
    expect(answer).toBeInstanceOf(Response);
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.json()).toMatchObject({
      url: '/path?q=1',
      method: 'POST',
      body: 'grant_type=refresh_token',
      headers: {
        host: `api.test:${port}`,
        'x-one': '1',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    });
  });

  it('fits where libraries take a fetch', () => {
    const asOpenidClient: CustomFetch = safeFetch();
    const asJose: FetchImplementation = safeFetch();
    expect([asOpenidClient, asJose]).toHaveLength(2);
  });

  it('brings an answer without a body', async () => {
    behave = (_request, response) => response.writeHead(204).end();
    expect((await safeFetch()(`http://api.test:${port}/`)).status).toBe(204);
  });

  it('follows no redirect', async () => {
    behave = (_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/secret` }).end('moved');
    const answer = await safeFetch()(`http://api.test:${port}/`);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `http://127.0.0.1:${port}/secret`]);
    expect(hits).toBe(0);
  });

  it.each<[string, RequestListener, string]>([
    ['says nothing', () => undefined, 'timeout'],
    [
      'drips for ever',
      (_request, response) => void setInterval(() => response.write('x'), 50).unref(),
      'timeout',
    ],
    ['sends too much', (_request, response) => void response.end(Buffer.alloc(1_100_000)), 'too_large'],
    ['hangs up', (request) => void request.socket.destroy(), 'unreachable'],
    [
      'answers with a status there is none of',
      (_request, response) => response.writeHead(999).end(),
      'unreachable',
    ],
    [
      'sends endless headers',
      (_request, response) => response.writeHead(200, { x: 'y'.repeat(100_000) }).end(),
      'unreachable',
    ],
  ])('ends in time when the other side %s', async (_case, behaviour, expected) => {
    behave = behaviour;
    const startedAt = performance.now();
    expect(await reason(safeFetch()(`http://api.test:${port}/`))).toBe(expected);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('never repeats the other side in its error', async () => {
    behave = (_request, response) => {
      response.write('root:x:0:0');
      setTimeout(() => response.destroy(), 20);
    };
    const error: unknown = await safeFetch()(`http://api.test:${port}/`).catch((thrown: unknown) => thrown);
    expect(String(error)).toBe('EgressError: The other side could not be reached.');
    expect(JSON.stringify(error)).not.toContain('root:x');
  });

  it('can be given up by the caller', async () => {
    behave = () => undefined;
    const signal = AbortSignal.timeout(30);
    expect(await reason(safeFetch({ timeoutMs: 5000 })(`http://api.test:${port}/`, { signal }))).toBe(
      'unreachable',
    );
  });
});

describe('a call to anywhere else', () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '0x7f.1',
    '127.0.0.01',
    '127.0.0.1.',
    '127.255.255.254',
    '0',
    '0.0.0.0',
    '00.0.0.0',
    '0x0',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[::ffff:0:127.0.0.1]',
    '１２７.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '127%2e0%2e0%2e1',
    '%31%32%37.0.0.1',
    '169.254.169.254',
    '0xA9FEA9FE',
    '2852039166',
    '[::ffff:a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
  ];

  it.each(hosts)('is refused by address: %s', async (host) => {
    expect(await reason(safeFetch()(`http://${host}:${port}/`))).toBe('refused');
    expect(hits).toBe(0);
  });

  it.each([
    'http://user@127.0.0.2:PORT/',
    'http://api.test@127.0.0.1:PORT/',
    'http://api.test:80@127.0.0.1:PORT/',
    'http://:pass@127.0.0.2:PORT/',
    'http://api.test%40127.0.0.1:PORT/',
    'http://127.0.0.1:PORT\\@api.test/',
    'http:127.0.0.1:PORT/',
    'http:/127.0.0.1:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    ' http://127.0.0.1:PORT/ ',
    'h\tttp://127.0.0.1:PORT/',
    'http://127.0.0.1:PORT#@api.test/',
    'http://127.0.0.1:PORT?@api.test/',
    '//127.0.0.1:PORT/',
    '127.0.0.1:PORT',
    'file:///etc/passwd',
    'ftp://127.0.0.1:PORT/',
    'gopher://127.0.0.1:PORT/_x',
    'data:text/plain,x',
    'javascript:alert(1)',
    'blob:http://127.0.0.1:PORT/x',
    'ws://127.0.0.1:PORT/',
    'unix:/run/x.sock',
    '',
  ])('is refused by its form: %j', async (form) => {
    expect(await reason(safeFetch()(form.replace('PORT', String(port))))).toBe('refused');
    expect(hits).toBe(0);
  });

  it.each([
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.1'],
    ['169.254.169.254'],
    ['127.1'],
    ['not an address'],
  ])('is refused when the name stands for %s', async (...addresses) => {
    expect(await reason(safeFetch({ resolve: async () => addresses })(`http://api.test:${port}/`))).toBe(
      'refused',
    );
    expect(hits).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.'])(
    'is refused by the names of this machine: %s',
    async (host) => {
      const real = createSafeFetch({ policy, allowHttp: true });
      expect(await reason(real(`http://${host}:${port}/`))).toBe('refused');
      expect(hits).toBe(0);
    },
  );

  it('does not come about by a name that answers differently the next time', async () => {
    behave = (_request, response) => response.end('allowed');
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1'];
    };
    const rebinding = safeFetch({ resolve });
    expect(await (await rebinding(`http://rebind.test:${port}/`)).text()).toBe('allowed');
    expect([asked, hits]).toEqual([1, 0]);
    expect(await reason(rebinding(`http://rebind.test:${port}/`))).toBe('refused');
    expect(hits).toBe(0);
  });

  it.each<[string, () => Promise<string[]>, string]>([
    ['is unknown', async () => [], 'unreachable'],
    ['cannot be looked up', () => Promise.reject(new Error('SERVFAIL')), 'unreachable'],
    ['is looked up for ever', () => new Promise(() => undefined), 'timeout'],
  ])('fails when the name %s', async (_case, resolve, expected) => {
    expect(await reason(safeFetch({ resolve })(`http://api.test:${port}/`))).toBe(expected);
  });
});

it('https is demanded', async () => {
  const strict = safeFetch({ allowHttp: false });
  expect(await reason(strict(`http://api.test:${port}/`))).toBe('refused');
  expect(await reason(strict(`https://127.0.0.1:${port}/`))).toBe('refused');
  expect(hits).toBe(0);
});
