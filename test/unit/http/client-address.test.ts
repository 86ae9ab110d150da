import { request as httpRequest } from 'node:http';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createClientAddress, isLocalRequest } from '../../../src/http/client-address.js';

const proxies = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'];

function address(peer: string | undefined, forwardedFor?: string, trusted = proxies) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return createClientAddress(trusted)({ headers, socket: { remoteAddress: peer } });
}

describe('the client address', () => {
  it.each([
    ['a direct client', '203.0.113.5', undefined, '203.0.113.5'],
    ['a direct client that claims another', '203.0.113.5', '1.1.1.1', '203.0.113.5'],
    ['a client behind a proxy', '10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['a client behind a proxy that claims another', '10.0.0.1', '1.1.1.1, 203.0.113.5', '203.0.113.5'],
    ['two proxies', '10.0.0.1', '1.1.1.1,203.0.113.5 , 192.0.2.7', '203.0.113.5'],
    ['a claimed proxy in front', '10.0.0.1', '10.0.0.9, 203.0.113.5', '203.0.113.5'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['a dual-stack proxy', '::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['an IPv6 client', 'fd00::1', '2001:DB8::0005', '2001:db8::5'],
    ['a mapped client', '10.0.0.1', '::ffff:203.0.113.5', '203.0.113.5'],
    ['a neighbour of the proxy', '192.0.2.8', '1.1.1.1', '192.0.2.8'],
  ])('of %s', (_case, peer, forwardedFor, expected) => {
    expect(address(peer, forwardedFor)).toBe(expected);
  });

  it.each(['unknown', '203.0.113.5:8080', '0x7f.1', '127.1', '<script>', '1.1.1.1, _hidden', '::1%eth0, x'])(
    'is the peer when the proxy forwards %s',
    (forwardedFor) => {
      expect(address('10.0.0.1', forwardedFor)).toBe('10.0.0.1');
    },
  );

  it('is unknown without a peer', () => {
    expect(address(undefined, '203.0.113.5')).toBeNull();
  });

  it('trusts nobody unless told to, and refuses nonsense as configuration', () => {
    expect(address('127.0.0.1', '203.0.113.5', [])).toBe('127.0.0.1');
    expect(() => createClientAddress(['everyone'])).toThrow('"everyone"');
  });

  it('is read from repeated headers over real HTTP, and from no other header', async () => {
    const app = Fastify();
    const clientAddress = createClientAddress(['127.0.0.1']);
    app.get('/', async (request) => ({ ip: clientAddress(request), local: isLocalRequest(request) }));
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const ask = (headers: Record<string, string | string[]>) =>
      new Promise((resolve) => {
        httpRequest({ host: '127.0.0.1', port, headers }, (answer) => {
          answer.on('data', (data: Buffer) => resolve(JSON.parse(data.toString())));
        }).end();
      });
    expect(await ask({ 'x-forwarded-for': ['1.1.1.1', '203.0.113.5'] })).toEqual({
      ip: '203.0.113.5',
      local: false,
    });
    expect(await ask({ 'x-real-ip': '1.1.1.1', 'x-client-ip': '1.1.1.1' })).toEqual({
      ip: '127.0.0.1',
      local: false,
    });
    expect(await ask({})).toEqual({ ip: '127.0.0.1', local: true });
    await app.close();
  });
});
