import Fastify, { type FastifyReply } from 'fastify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CookieRole, Cookies, type CookieSettings } from '../../../src/http/cookies.js';

const settings: CookieSettings = {
  name: 'latchkey',
  secure: true,
  sameSite: 'lax',
  domain: null,
  maxAgeSeconds: null,
};
const roles: readonly CookieRole[] = ['access', 'refresh', 'csrf', 'device'];

/** The Set-Cookie lines of a reply. */
async function lines(work: (reply: FastifyReply) => void): Promise<string[]> {
  const app = Fastify();
  app.get('/', async (_request, reply) => {
    work(reply);
    return '';
  });
  const { headers } = await app.inject('/');
  await app.close();
  return [headers['set-cookie'] ?? []].flat();
}

async function set(overrides: Partial<CookieSettings> = {}, seconds = 60.9): Promise<string[]> {
  const cookies = new Cookies({ ...settings, ...overrides });
  return await lines((reply) => {
    for (const role of roles) cookies.set(reply, role, 'value', seconds);
  });
}

describe('our cookies', () => {
  it('are bound to the host, over https, and hidden from scripts unless they are for scripts', async () => {
    expect(await set()).toEqual([
      '__Host-latchkey_access=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-latchkey_refresh=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-latchkey_csrf=value; Max-Age=60; Path=/; Secure; SameSite=Lax',
      '__Host-latchkey_device=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
  });

  it.each([
    [{ name: 'shop' }, '__Host-shop_access=value; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [
      { domain: 'example.com', sameSite: 'none' },
      '__Secure-latchkey_access=value; Max-Age=60; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=None',
    ],
    [
      { secure: false, sameSite: 'strict' },
      'latchkey_access=value; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
    ],
    [
      { secure: false, domain: 'example.com' },
      'latchkey_access=value; Max-Age=60; Domain=example.com; Path=/; HttpOnly; SameSite=Lax',
    ],
  ] as const)('are as the settings say: %j', async (overrides, expected) => {
    const [access] = await set(overrides);
    expect(access).toBe(expected);
  });

  it.each([{}, { domain: 'example.com' }, { secure: false }, { sameSite: 'none' }] as const)(
    'are cleared with the attributes they were set with: %j',
    async (overrides) => {
      const cookies = new Cookies({ ...settings, ...overrides });
      const cleared = await lines((reply) => {
        for (const role of roles) cookies.clear(reply, role);
      });
      for (const line of cleared) expect(line).toContain('Max-Age=0; ');
      for (const line of cleared) expect(line).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
      const bare = (line: string) =>
        line.replace(/=(value)?;/, '=;').replaceAll(/ (Max-Age|Expires)=[^;]*;/g, '');
      expect(cleared.map(bare)).toEqual((await set(overrides)).map(bare));
    },
  );

  it('live no longer than the settings let a session, the device apart', async () => {
    const ages = (await set({ maxAgeSeconds: 40 })).map((line) => /Max-Age=(\d+)/.exec(line)?.[1]);
    expect(ages).toEqual(['40', '40', '40', '60']);
    expect((await set({}, -5)).every((line) => line.includes('Max-Age=0;'))).toBe(true);
  });
});

describe('a Cookie header', () => {
  const cookies = new Cookies(settings);
  const read = (header: string | undefined) => cookies.read(header, 'access');

  it('gives the value of the cookie of that very name', () => {
    expect(read('a=b; __Host-latchkey_access=x.y=z; c=d')).toBe('x.y=z');
    expect(read('__Host-latchkey_access=x')).toBe('x');
    expect(read('a=b;__Host-latchkey_access=')).toBe('');
    expect(read('')).toBeNull();
    expect(read(undefined)).toBeNull();
  });

  it.each([
    '__host-latchkey_access=x',
    'latchkey_access=x',
    '__Host-latchkey_accessory=x',
    'x__Host-latchkey_access=x',
    '__Host-latchkey_access =x',
    '\t__Host-latchkey_access=x',
    '  __Host-latchkey_access=x',
    '\u00a0__Host-latchkey_access=x',
    '\u2000__Host-latchkey_access=x',
    '=__Host-latchkey_access=x',
    '"__Host-latchkey_access"=x',
    '$Version=1, __Host-latchkey_access=x',
    '__Host-latchkey_access',
    '%5F_Host-latchkey_access=x',
  ])('gives nothing for a name that the browser has not guarded: %j', (header) => {
    expect(read(header)).toBeNull();
  });

  it('with two of that name gives what is worth nothing, whichever comes first', () => {
    expect(read('__Host-latchkey_access=good; __Host-latchkey_access=planted')).toBe('');
    expect(read('__Host-latchkey_access=planted; a=b; __Host-latchkey_access=good')).toBe('');
  });

  it('is read in time, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (header) => void read(header)));
    for (const filler of [' ', '\t', ';', '=', '__Host-latchkey_access=;', ' ;'])
      expect(read(filler.repeat(8_000)) ?? '').toBe('');
  });
});

describe('the access token in a cookie', () => {
  const cookies = new Cookies(settings);
  const cookie = '__Host-latchkey_access=token';

  it('counts only when nothing else is presented, be that good or bad', () => {
    expect(cookies.accessTokenOf({ cookie })).toBe('token');
    for (const authorization of ['Bearer x', 'Basic x', 'nonsense', '']) {
      expect(cookies.accessTokenOf({ cookie, authorization })).toBeNull();
    }
    for (const key of ['x', '']) expect(cookies.accessTokenOf({ cookie, 'x-api-key': key })).toBeNull();
  });
});
