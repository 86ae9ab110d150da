import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, newService, type Person, type Service } from '../support/accounts.js';
import { newApiKey, partsOf, revokeApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { INACTIVE, introspect, introspectJson } from '../support/introspection.js';
import { machineToken } from '../support/service-accounts.js';

// Introspection and validation as oracles: for somebody who has found tokens, who guesses, or who wants them closed to others.

const BUDGET = 20;

let app: TestApp;
let admin: Client;
let service: Service;
let person: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  service = await newService(admin);
  person = await newPerson(app);
});
afterAll(async () => await app.close());

const token = () => person.client.accessToken ?? '';

describe('hostile questions', () => {
  const form = 'application/x-www-form-urlencoded';
  test.each<[string, string, number]>([
    ['a list', 'token[]=a&token[]=b', 400],
    ['an object', 'token[active]=true', 400],
    ['a prototype', '__proto__[token]=a&constructor=b', 400],
    ['16 KiB of token', `token=${'a'.repeat(16_000)}`, 200],
    ['more than that', `token=${'a'.repeat(17_000)}`, 400],
    ['NUL', 'token=%00', 200],
    ['NUL behind a token', 'token=GOOD%00', 200],
    ['a line break behind a token', 'token=GOOD%0d%0a', 200],
    ['a blank before a token', 'token=+GOOD', 200],
    ['text that is no UTF-8', 'token=%ff%fe%c0%80', 200],
    ['a broken escape', 'token=%zz%', 200],
    ['emoji', `token=${encodeURIComponent('🔑'.repeat(400))}`, 200],
    ['a thousand parameters', `token=x&${'a=b&'.repeat(1_000)}`, 200],
    ['an empty body', '', 400],
    ['the address of a key twice', 'token=x&client_ip=192.0.2.1&client_ip=192.0.2.2', 400],
  ])('%s is answered, and never with a 5xx or an active token', async (_, body, expected) => {
    const response = await fetch(`${app.url}/auth/introspect`, {
      method: 'POST',
      headers: { 'content-type': form, authorization: service.basic },
      body: body.replace('GOOD', token()),
    });
    const text = await response.text();
    expect(response.status).toBe(expected);
    if (expected === 200) expect(text).toBe(INACTIVE);
    else expect(JSON.parse(text)).toMatchObject({ error: 'invalid_request' });
  });

  test('random bytes as a body are refused, whatever they are said to be', async () => {
    for (const type of [
      form,
      'application/json',
      'application/json; charset=utf-7',
      `${form}; charset=x`,
      '',
      'a/b',
    ]) {
      for (let round = 0; round < 20; round += 1) {
        const response = await fetch(`${app.url}/auth/introspect`, {
          method: 'POST',
          headers: { ...(type === '' ? {} : { 'content-type': type }), authorization: service.basic },
          body: randomBytes(200),
        });
        expect([400, 415]).toContain(response.status);
        await response.arrayBuffer();
      }
    }
  });
});

describe('whoever asks pays for it', () => {
  let small: TestApp;
  let smallAdmin: Client;
  beforeAll(async () => {
    const rateLimits = { introspectionsPerMinute: BUDGET, validationsPerMinute: BUDGET };
    small = await startTestApp({ config: { rateLimits } });
    smallAdmin = await small.adminClient();
  });
  afterAll(async () => await small.close());

  test('random tokens sent through one service exhaust its budget, in all its ways, and no other’s', async () => {
    const [flooded, other] = [await newService(smallAdmin), await newService(smallAdmin)];
    const machine = await machineToken(small.url, flooded);
    const { secret } = await newApiKey(smallAdmin, {
      serviceAccountId: flooded.clientId,
      scopes: ['tokens:introspect'],
    });
    for (let round = 0; round < BUDGET; round += 1) {
      const guess = randomBytes(20).toString('hex');
      expect((await introspect(small, { token: guess }, { authorization: flooded.basic })).status).toBe(200);
    }
    const spent: Record<string, string>[] = [
      { authorization: flooded.basic },
      { authorization: `Bearer ${machine}` },
      { 'x-api-key': secret },
    ];
    for (const headers of spent) {
      const answer = await introspect(small, { token: 'x' }, headers);
      expect([answer.status, answer.json['error']]).toEqual([429, 'too_many_requests']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      const short = await introspectJson(small, { api_key: 'x' }, headers);
      expect([short.status, short.json['code']]).toEqual([429, 'RATE_LIMITED']);
    }
    const asked = await introspect(
      small,
      { token: smallAdmin.accessToken ?? '' },
      { authorization: other.basic },
    );
    expect([asked.status, asked.json['active']]).toEqual([200, true]);
  });

  test('wrong secrets cost the account that they are guessed at nothing', async () => {
    const victim = await newService(smallAdmin);
    const guess = `lks_${'A'.repeat(43)}`;
    const basic = `Basic ${Buffer.from(`${victim.clientId}:${guess}`).toString('base64')}`;
    for (let round = 0; round < BUDGET + 5; round += 1) {
      expect((await introspect(small, { token: 'x' }, { authorization: basic })).status).toBe(401);
    }
    expect((await introspect(small, { token: 'x' }, { authorization: victim.basic })).status).toBe(200);
  });

  test('validations are charged to whoever comes, by all that they come with, and to nobody who is not let in', async () => {
    const [flooding, neighbour] = [await newPerson(small), await newPerson(small)];
    const { secret } = await newApiKey(flooding.client);
    const ask = async (headers: Record<string, string>) =>
      await fetch(`${small.url}/auth/validate`, { headers });
    const bearer = ({ client }: Person) => ({ authorization: `Bearer ${client.accessToken}` });
    for (let round = 0; round < BUDGET + 5; round += 1) {
      expect((await ask({ authorization: `Bearer ${randomBytes(20).toString('hex')}` })).status).toBe(401);
    }
    for (let round = 0; round < BUDGET; round += 1) expect((await ask(bearer(flooding))).status).toBe(200);
    for (const headers of [bearer(flooding), { 'x-api-key': secret }] as Record<string, string>[]) {
      const { status, headers: given } = await ask(headers);
      expect([status, given.has('retry-after'), given.has('x-auth-subject')]).toEqual([429, true, false]);
    }
    expect((await ask(bearer(neighbour))).status).toBe(200);
  });
});

test('a key that is asked about by whoever may not see it is told from no other', async () => {
  const stranger = await newService(admin, { roles: ['resource_server'], audiences: [] });
  const key = await newApiKey(person.client);
  const { id } = partsOf(key);
  const presented = [key.secret, `lk_test_${id}_${'A'.repeat(43)}_00000000`, 'lk_test_x', token(), 'x'];
  const answers = new Set<string>();
  for (const each of presented) {
    answers.add((await introspect(app, { token: each }, { authorization: stranger.basic })).text);
  }
  await revokeApiKey(person.client, key.id);
  answers.add((await introspect(app, { token: key.secret }, { authorization: stranger.basic })).text);
  expect([...answers]).toEqual([INACTIVE]);
});

test('the asker’s own credentials, introspected, tell nothing of secrets', async () => {
  const machine = await machineToken(app.url, service);
  const { text, json } = await introspect(app, { token: machine }, { authorization: service.basic });
  expect(json['sub']).toBe(service.clientId);
  expect(text).not.toContain(service.clientSecret);
  expect(
    (await introspect(app, { token: service.clientSecret }, { authorization: service.basic })).text,
  ).toBe(INACTIVE);
});

test('a user’s right to introspect makes no service account of them', async () => {
  const own = await newApiKey(admin, { scopes: ['tokens:introspect'] });
  for (const headers of [
    { authorization: `Bearer ${admin.accessToken}` },
    { authorization: `Bearer ${own.secret}` },
    { 'x-api-key': own.secret },
    { cookie: `${app.services.cookies.nameOf('access')}=${admin.accessToken}` },
  ] as Record<string, string>[]) {
    const { status, json } = await introspect(app, { token: token() }, headers);
    expect([status, json['active']]).toEqual([401, undefined]);
  }
});
