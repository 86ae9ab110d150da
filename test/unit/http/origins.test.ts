import { describe, expect, it } from 'vitest';
import { isAllowedOrigin, isFromCookiePage } from '../../../src/http/origins.js';

const cors = {
  origins: ['https://app.test', 'http://localhost:5173'],
  originPatterns: ['https://[a-z0-9-]+\\.preview\\.test'],
  credentials: true,
};
const publicUrl = 'https://auth.test';
const policy = { cors, publicUrl };

const allowed = ['https://app.test', 'http://localhost:5173', 'https://pr-12.preview.test', publicUrl];
const refused = [
  'https://evil.test',
  'https://app.test.evil',
  'https://evil-app.test',
  'https://evil.app.test',
  'http://app.test',
  'http://auth.test',
  'https://app.test:8443',
  'https://app.test/',
  'https://APP.test',
  'https://app.test, https://evil.test',
  'https://a.b.preview.test',
  'https://x.preview.test.evil',
  'https://evil.test/x.preview.test',
  'https://evil.test#https://x.preview.test',
  'https://x.preview.test\nhttps://evil.test',
  `https://${'x'.repeat(400)}.preview.test`,
  'null',
  '*',
  '',
  'file://',
];

describe('an allowed origin', () => {
  it.each(allowed)('is %s', (origin) => {
    expect(isAllowedOrigin(origin, policy)).toBe(true);
  });

  it.each([undefined, ...refused])('is not %j', (origin) => {
    expect(isAllowedOrigin(origin, policy)).toBe(false);
  });

  it('is not every origin because everybody may read', () => {
    const open = { cors: { ...cors, origins: ['*'], originPatterns: [] }, publicUrl };
    expect(isAllowedOrigin('https://evil.test', open)).toBe(false);
    expect(isAllowedOrigin('*', open)).toBe(false);
  });

  it.each(['https://a|https://b.test', 'https://(a|b).test|https://evil'])(
    'must match a whole pattern, also one of alternatives: %s',
    (pattern) => {
      const patterns = { cors: { ...cors, origins: [], originPatterns: [pattern] }, publicUrl };
      expect(isAllowedOrigin('https://b.test', patterns)).toBe(true);
      expect(isAllowedOrigin('https://b.test.evil.test', patterns)).toBe(false);
      expect(isAllowedOrigin('https://a.evil.test', patterns)).toBe(false);
    },
  );
});

describe('a page that may use cookies', () => {
  const from = (headers: Record<string, string>, credentials = true) =>
    isFromCookiePage({ headers }, { ...policy, cors: { ...cors, credentials } });

  it.each(allowed)('is on %s', (origin) => {
    expect(from({ origin })).toBe(true);
    expect(from({ origin, 'sec-fetch-site': 'cross-site' })).toBe(true);
  });

  it.each(refused)('is not on %j', (origin) => {
    expect(from({ origin })).toBe(false);
    expect(from({ origin, 'sec-fetch-site': 'same-origin' })).toBe(false);
  });

  it('is on no other origin than our own where cookies are not for others', () => {
    expect(allowed.filter((origin) => from({ origin }, false))).toEqual([publicUrl]);
  });

  it.each(['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'is served by this very machine: %s',
    (origin) => {
      const { host } = new URL(origin);
      expect(from({ origin, host }, false)).toBe(true);
      expect(from({ origin, host: 'localhost:4001' }, false)).toBe(false);
    },
  );

  it('is not served from here because Host says so: a name can be pointed anywhere', () => {
    expect(from({ origin: 'http://evil.test:4000', host: 'evil.test:4000' })).toBe(false);
  });

  it('needs no Origin when the browser itself says that the page is ours, and not otherwise', () => {
    expect(from({ 'sec-fetch-site': 'same-origin' })).toBe(true);
    for (const site of ['same-site', 'cross-site', 'none', ''])
      expect(from({ 'sec-fetch-site': site })).toBe(false);
    expect(from({})).toBe(false);
    expect(from({ referer: 'https://app.test/' })).toBe(false);
  });
});
