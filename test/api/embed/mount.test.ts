import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLatchkey, type Latchkey } from '../../../src/index.js';
import { signValue } from '../../../src/platform/crypto/signed-value.js';
import { ADMIN } from '../../support/app.js';
import { Client } from '../../support/client.js';

const ENV = {
  NODE_ENV: 'test',
  AUTH_DATA_DIR: 'memory://',
  AUTH_ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdef',
  AUTH_JWT__SECRET: 'test-cookie-signing-0123456789-abcdef',
  AUTH_LOG_LEVEL: 'silent',
  AUTH_SYSTEM_ADMIN_EMAIL: ADMIN.email,
  AUTH_SYSTEM_ADMIN_PASSWORD: ADMIN.password,
};

let latchkey: Latchkey;
let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  latchkey = await createLatchkey({ env: ENV });
  app = Fastify();
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ ours: false }));
  app.setErrorHandler(async (_error, _request, reply) => reply.code(418).send({ ours: false }));
  app.get('/own', async () => ({ own: true }));
  app.get('/broken', async () => {
    throw new Error('of the application');
  });
  await app.register(latchkey.plugin);
  url = await app.listen({ port: 0 });
});
afterAll(async () => {
  await app.close();
  await latchkey.close();
});

test('it answers beside the application’s own routes', async () => {
  const client = new Client(url);
  expect((await client.login(ADMIN)).errors).toEqual([]);
  expect((await client.fetch('/auth/validate')).status).toBe(200);
  expect(await (await client.fetch('/own')).json()).toEqual({ own: true });
});

test('the application keeps its own answers to errors and unknown addresses, and its own headers', async () => {
  const client = new Client(url);
  expect((await client.fetch('/broken')).status).toBe(418);
  expect(await (await client.fetch('/unknown')).json()).toEqual({ ours: false });
  expect((await client.fetch('/own')).headers.get('content-security-policy')).toBeNull();
  const refused = await client.fetch('/auth/introspect', { method: 'POST' });
  expect((await refused.json()) as object).toMatchObject({ error: 'invalid_request' });
});

test('it serves the pages that links in mails open', async () => {
  const page = await new Client(url).fetch('/account/verify-email');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect((await new Client(url).fetch('/account/page.mjs')).status).toBe(200);
});

test('it serves subscriptions on the application’s own port', async () => {
  const client = new Client(url);
  await client.login(ADMIN);
  const socket = client.socket();
  const { value } = await socket.iterate({ query: '{ viewer { email } }' }).next();
  expect(value.data).toEqual({ viewer: { email: ADMIN.email } });
  await socket.dispose();
});

test('the admin that the start has made is told to the application, which alone can show a password', async () => {
  expect(latchkey.seededAdmin).toEqual({ email: ADMIN.email, generatedPassword: null });
  const other = await createLatchkey({ env: { ...ENV, AUTH_SYSTEM_ADMIN_PASSWORD: undefined } });
  expect(other.seededAdmin?.generatedPassword).toMatch(/^[\w-]{24}$/);
  await other.close();
});

test('a signed cookie is read for its purpose, until it expires, and unchanged only', () => {
  const expiresAt = new Date(Date.now() + 60_000);
  const value = latchkey.signCookie({ theme: 'dark' }, { purpose: 'theme', expiresAt });
  expect(latchkey.verifyCookie(value, { purpose: 'theme' })).toEqual({ theme: 'dark' });
  expect(latchkey.verifyCookie(value, { purpose: 'cart' })).toBeNull();
  expect(latchkey.verifyCookie(`${value}x`, { purpose: 'theme' })).toBeNull();
  const past = latchkey.signCookie('x', { purpose: 'theme', expiresAt: new Date(Date.now() - 1) });
  expect(latchkey.verifyCookie(past, { purpose: 'theme' })).toBeNull();
});

test('an application cannot sign what the product itself would take for its own', () => {
  const { secret } = latchkey.config.cookies;
  const expiresAt = new Date(Date.now() + 60_000);
  const ours = signValue('x', { secret, purpose: 'csrf', expiresAt });
  expect(latchkey.verifyCookie(ours, { purpose: 'csrf' })).toBeNull();
});

test('a configuration that cannot work is refused with every reason, and so is an unknown feature', async () => {
  const broken = { ...ENV, PORT: 'many', AUTH_ACCESS_TOKEN_TTL: 'long' };
  await expect(createLatchkey({ env: broken })).rejects.toThrow(/PORT[\s\S]*AUTH_ACCESS_TOKEN_TTL/);
  await expect(createLatchkey({ env: ENV, features: ['passkeys'] })).rejects.toThrow(
    'There is no feature "passkeys"',
  );
  await expect(createLatchkey({ env: ENV, features: ['login'] })).rejects.toThrow(
    'The feature "login" needs users, access, mfa, sessions, api-keys, lockout, challenges as well.',
  );
});

test('nothing is read from the environment of the process', async () => {
  process.env['AUTH_ISSUER'] = 'https://somebody.else.example.com';
  try {
    const other = await createLatchkey({ env: { ...ENV, PORT: '1' }, features: ['audit'] });
    expect(other.config.issuer).toBe('http://localhost:1');
    await other.close();
  } finally {
    delete process.env['AUTH_ISSUER'];
  }
});
