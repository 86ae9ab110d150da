import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { Cookies } from '../../../src/http/cookies.js';
import { DeviceCookie } from '../../../src/http/device-cookie.js';
import { newId } from '../../../src/kernel/id.js';
import { Secret } from '../../../src/kernel/secret.js';
import { signValue } from '../../../src/platform/crypto/signed-value.js';
import { FakeClock } from '../../support/clock.js';

const DAY = 86_400;
const clock = new FakeClock();
const secret = new Secret('kZ3vR9xQ1mT7wB5nL0cD8fH2jP6sV4yG');
const next = new Secret('aW8eU2iO6pR0tY4qX7zC1vB5nM9lK3jH');
const cookies = new Cookies({
  name: 'latchkey',
  secure: true,
  sameSite: 'lax',
  domain: null,
  maxAgeSeconds: 60,
});
const deviceUnder = (current: Secret, oldSecrets: readonly Secret[] = []) =>
  new DeviceCookie({ cookies, secrets: { secret: current, oldSecrets }, clock });
const device = deviceUnder(secret);
const id = newId();

/** The whole Set-Cookie line. */
async function line(): Promise<string> {
  const app = Fastify();
  app.get('/', async (_request, reply) => {
    device.set(reply, id);
    return '';
  });
  const { headers } = await app.inject('/');
  await app.close();
  return String(headers['set-cookie']);
}

const presented = (value: string) => ({ cookie: `${cookies.nameOf('device')}=${value}` });
const valueOf = (text: string) => text.slice(text.indexOf('=') + 1, text.indexOf(';'));
const signed = (payload: string | Record<string, unknown>, purpose = 'device cookie', by = secret) =>
  signValue(payload, { secret: by, purpose, expiresAt: new Date(clock.now().getTime() + 1000) });

test('a device is recognised for 90 days, and no script sees by what', async () => {
  const text = await line();
  expect(text).toMatch(
    /^__Host-latchkey_device=[^;]+; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const headers = presented(valueOf(text));
  expect(device.read(headers)).toBe(id);
  clock.advance(90 * DAY - 1);
  expect(device.read(headers)).toBe(id);
  clock.advance(1);
  expect(device.read(headers)).toBeNull();
});

test('a device is recognised under an old secret, and not under one that was dropped', async () => {
  const headers = presented(valueOf(await line()));
  expect(deviceUnder(next, [secret]).read(headers)).toBe(id);
  expect(deviceUnder(next).read(headers)).toBeNull();
});

test.each([
  ['signed for another purpose', signed({ id }, 'csrf')],
  ['signed for an application around us', signed({ id }, 'app: device cookie')],
  ['signed under a secret of somebody else', signed({ id }, 'device cookie', next)],
  ['the bare id', id],
  ['an id with a signature of nothing', `${Buffer.from(JSON.stringify({ id })).toString('base64url')}.`],
  ['of another shape', signed(id)],
  ['with an id that is none', signed({ id: 'x'.repeat(300) })],
  ['with an id that is no text', signed({ id: 7 })],
  ['without an id', signed({})],
  ['empty', ''],
])('a device cookie that is %s is nothing', (_, value) => {
  expect(device.read(presented(value))).toBeNull();
});

test('two device cookies are none, and no cookie is none', async () => {
  const { cookie } = presented(valueOf(await line()));
  expect(device.read({ cookie: `${cookie}; ${cookie}` })).toBeNull();
  expect(device.read({})).toBeNull();
});
