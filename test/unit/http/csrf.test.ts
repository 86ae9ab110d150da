import { describe, expect, it } from 'vitest';
import { Cookies } from '../../../src/http/cookies.js';
import { CsrfGuard } from '../../../src/http/csrf.js';
import { Secret } from '../../../src/kernel/secret.js';

const cookies = new Cookies({
  name: 'latchkey',
  secure: true,
  sameSite: 'lax',
  domain: null,
  maxAgeSeconds: null,
});
const origins = {
  cors: { origins: ['https://app.test'], originPatterns: [], credentials: true },
  publicUrl: 'https://auth.test',
};
const secret = new Secret('a'.repeat(32));
const older = new Secret('b'.repeat(32));
const guardOf = (current: Secret, oldSecrets: readonly Secret[] = []) =>
  new CsrfGuard({ cookies, origins, secrets: { secret: current, oldSecrets } });
const guard = guardOf(secret, [older]);

const NOBODY = { headers: {} };
const origin = 'https://app.test';
const holding = (token: string) => ({ headers: { cookie: `a=b; ${cookies.nameOf('csrf')}=${token}` } });
const request = (token: string, cookie = token, more: object = { origin }) => ({
  headers: { ...holding(cookie).headers, 'x-csrf-token': token, ...more },
});

describe('a request that a cookie authenticated', () => {
  const token = guard.issue(NOBODY, 'session-1');

  it.each([{ origin }, { origin: 'https://auth.test' }, { 'sec-fetch-site': 'same-origin' }])(
    'is genuine from one of our pages: %j',
    (headers) => {
      expect(guard.isGenuine(request(token, token, headers), 'session-1')).toBe(true);
    },
  );

  it.each([
    {},
    { origin: 'null' },
    { origin: 'https://evil.test' },
    { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { referer: 'https://app.test/' },
  ])('is not genuine from elsewhere, whatever it repeats: %j', (headers) => {
    expect(guard.isGenuine(request(token, token, headers), 'session-1')).toBe(false);
    expect(() => guard.assertFromOurPage(request(token, token, headers))).toThrow(
      expect.objectContaining({ code: 'CSRF_REFUSED', status: 403 }),
    );
  });

  it.each([
    ['of another session', guard.issue(NOBODY, 'session-2')],
    ['under another secret', guardOf(new Secret('c'.repeat(32))).issue(NOBODY, 'session-1')],
    ['that was changed', `x${token}`],
    ['with something added', `${token}.x`],
    ['cut in half', token.split('.')[0] ?? ''],
    ['without a nonce', `.${token.split('.')[1]}`],
    ['of a dot', '.'],
    ['that is empty', ''],
  ])('is not genuine with a token %s', (_, value) => {
    expect(guard.isGenuine(request(value), 'session-1')).toBe(false);
  });

  it('is not genuine when header and cookie differ, or one of them is missing', () => {
    const other = guard.issue(NOBODY, 'session-1');
    expect(other).not.toBe(token);
    expect(guard.isGenuine(request(token, other), 'session-1')).toBe(false);
    expect(guard.isGenuine({ headers: { origin, 'x-csrf-token': token } }, 'session-1')).toBe(false);
    expect(guard.isGenuine({ headers: { ...holding(token).headers, origin } }, 'session-1')).toBe(false);
    const twice = { ...request(token).headers, 'x-csrf-token': [token, token] };
    expect(guard.isGenuine({ headers: twice }, 'session-1')).toBe(false);
  });

  it('is genuine with a token from before the secret was rotated, until the old secret is dropped', () => {
    const before = guardOf(older).issue(NOBODY, 'session-1');
    expect(guard.isGenuine(request(before), 'session-1')).toBe(true);
    expect(guardOf(secret).isGenuine(request(before), 'session-1')).toBe(false);
  });
});

describe('the token of a session', () => {
  it('stays the same while it is good, so that tabs do not disturb each other', () => {
    const token = guard.issue(NOBODY, 'session-1');
    expect(guard.issue(holding(token), 'session-1')).toBe(token);
  });

  it('is a new one when what the browser holds is of another session, an old secret or made up', () => {
    const held = [guard.issue(NOBODY, 'session-2'), guardOf(older).issue(NOBODY, 'session-1'), 'x.y', ''];
    for (const token of held) {
      const fresh = guard.issue(holding(token), 'session-1');
      expect(fresh).not.toBe(token);
      expect(guardOf(secret).isGenuine(request(fresh), 'session-1')).toBe(true);
    }
  });
});
