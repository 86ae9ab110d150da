import { afterEach, beforeEach, expect, test } from 'vitest';
import { newPerson, newService } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

let clock: FakeClock;
let app: TestApp;
let admin: Client;
beforeEach(async () => {
  clock = new FakeClock();
  app = await startTestApp({ clock });
  admin = await app.adminClient();
  // The waiting key has been published long enough.
  clock.advance(301);
});
afterEach(async () => await app.close());

const rotate = async (client: Client, overlapSeconds?: number | null, headers = {}) =>
  await client.send(
    `mutation ($input: RotateSigningKeyInput!) {
      rotateSigningKey(input: $input) { signingKey { id algorithm status activatedAt } } }`,
    { input: { overlapSeconds } },
    headers,
  );
const kidOf = (token: string | undefined): string =>
  JSON.parse(Buffer.from((token ?? '').split('.', 1)[0] ?? '', 'base64url').toString()).kid;
const jwks = async (): Promise<string[]> => {
  const { keys } = (await (await app.client().fetch('/.well-known/jwks.json')).json()) as {
    keys: { kid: string }[];
  };
  return keys.map(({ kid }) => kid);
};
const listed = async (client = admin) => {
  const answer = await client.send('{ signingKeys { id algorithm status createdAt activatedAt expiresAt } }');
  expect(answer.errors).toEqual([]);
  return answer.data?.['signingKeys'] as { id: string; status: string; expiresAt: string | null }[];
};
const validates = async (client: Client) => (await client.fetch('/auth/validate')).status === 200;

test('the key that signs and the one that will are published before anything is rotated', async () => {
  const keys = await listed();
  expect(keys.map(({ status }) => status)).toEqual(['next', 'active']);
  expect(await jwks()).toEqual(keys.map(({ id }) => id));
  expect(kidOf(admin.accessToken)).toBe(keys[1]?.id);
});

test('a rotation lets the published key sign, publishes another, and keeps the old one verifying', async () => {
  const [next, active] = await listed();
  const { data } = await rotate(admin);
  expect(data?.['rotateSigningKey'].signingKey).toEqual({
    id: next?.id,
    algorithm: 'ES256',
    status: 'active',
    activatedAt: clock.now().toISOString(),
  });
  const after = await listed();
  expect(after.map(({ status }) => status)).toEqual(['next', 'active', 'retiring']);
  expect(after.slice(1).map(({ id }) => id)).toEqual([next?.id, active?.id]);
  expect(after[2]?.expiresAt).toBe(new Date(clock.now().getTime() + 900_000).toISOString());
  expect(await jwks()).toEqual(after.map(({ id }) => id));
  const { client } = await newPerson(app);
  expect(kidOf(client.accessToken)).toBe(next?.id);
  expect([await validates(client), await validates(admin)]).toEqual([true, true]);
});

test('tokens of the old key hold until its overlap ends, also those that were seen before, and no longer', async () => {
  const [seen, unseen] = [await newPerson(app), await newPerson(app)];
  await rotate(admin, 60);
  expect(await validates(seen.client)).toBe(true);
  clock.advance(59);
  expect(await validates(seen.client)).toBe(true);
  clock.advance(1);
  expect(await validates(seen.client)).toBe(false);
  expect(await validates(unseen.client)).toBe(false);
  // The session is untouched: a refresh gives a token under the new key.
  await seen.client.refresh();
  expect(await validates(seen.client)).toBe(true);
});

test('when the overlap has ended the old key is neither published nor listed', async () => {
  const old = kidOf(admin.accessToken);
  await rotate(admin, 60);
  clock.advance(59);
  expect(await jwks()).toContain(old);
  clock.advance(1);
  await admin.refresh();
  expect(await jwks()).not.toContain(old);
  expect((await listed()).map(({ id }) => id)).toEqual(await jwks());
});

test('an overlap of 0 kills the old key and every token it signed at once', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  const introspect = async () => {
    const response = await app.client().fetch('/auth/introspect', {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ token: client.accessToken ?? '' }),
    });
    return await response.text();
  };
  const old = kidOf(client.accessToken);
  expect(JSON.parse(await introspect())).toMatchObject({ active: true });
  expect((await rotate(admin, 0)).errors).toEqual([]);
  expect(await jwks()).not.toContain(old);
  expect(await introspect()).toBe('{"active":false}');
  expect((await client.send('{ viewer { id } }')).code).toBe('TOKEN_INVALID');
  expect((await admin.send('{ viewer { id } }')).code).toBe('TOKEN_INVALID');
  await client.refresh();
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
});

test('a key that verifiers may not know yet does not sign; the refusal says when it may', async () => {
  await rotate(admin);
  clock.advance(100);
  const refused = await rotate(admin);
  expect([refused.status, refused.code]).toEqual([409, 'SIGNING_KEY_TOO_FRESH']);
  expect(refused.headers.get('retry-after')).toBe('200');
  expect(refused.errors[0]?.extensions['retryAfter']).toBe(200);
  clock.advance(200);
  expect((await rotate(admin)).errors).toEqual([]);
});

test('an emergency does not wait for a key to be known', async () => {
  await rotate(admin);
  await admin.refresh();
  expect((await rotate(admin, 0)).errors).toEqual([]);
});

test('two rotations at the same moment follow each other: one key signs, one waits', async () => {
  const answers = await Promise.all([rotate(admin), rotate(admin), rotate(admin)]);
  expect(answers.map(({ code }) => code ?? 'rotated').toSorted()).toEqual([
    'SIGNING_KEY_TOO_FRESH',
    'SIGNING_KEY_TOO_FRESH',
    'rotated',
  ]);
  const statuses = (await listed()).map(({ status }) => status);
  expect(statuses.filter((status) => status === 'active')).toHaveLength(1);
  expect(statuses.filter((status) => status === 'next')).toHaveLength(1);
});

test('a rotation is audited with the keys it was about', async () => {
  const old = kidOf(admin.accessToken);
  await rotate(admin, 120);
  const { data } = await admin.send(
    '{ auditEvents(filter: { name: "signing_key.rotated" }) { edges { node { actorId subjectId payload } } } }',
  );
  const [active] = (await listed()).filter(({ status }) => status === 'active');
  expect(data?.['auditEvents'].edges).toEqual([
    {
      node: {
        actorId: admin.userId,
        subjectId: active?.id,
        payload: { previousKid: old, kid: active?.id, overlapSeconds: 120 },
      },
    },
  ]);
});

test.each([-1, 604_801])('an overlap of %i seconds is refused', async (overlap) => {
  const answer = await rotate(admin, overlap);
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('keys are seen and rotated by permission only', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await rotate(client)).code).toBe('FORBIDDEN');
  expect((await rotate(app.client(), 0, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await rotate(app.client())).code).toBe('UNAUTHENTICATED');
  expect((await client.send('{ signingKeys { id } }')).code).toBe('FORBIDDEN');
  expect((await app.client().send('{ signingKeys { id } }')).code).toBe('UNAUTHENTICATED');
});
