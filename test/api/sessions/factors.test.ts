import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, claimsOf, newPerson, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { addTotp, nextCode } from '../../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const sessionOf = (client: Client) => claimsOf(client.accessToken).sid;
const isAlive = async (client: Client) => (await client.send('{ viewer { id } }')).errors.length === 0;
const rowOf = async (client: Client) => {
  const [row] = await sql(
    app,
    'select acr, amr, second_factor_at, revoke_reason, opened_with from sessions where id = ?',
    [sessionOf(client)],
  );
  return row;
};

/** Another device of somebody who has an authenticator app. */
async function withSecondFactor({ email }: Person, code: string): Promise<Client> {
  const client = app.client();
  const begun = await client.send(
    `mutation ($input: LoginInput!) { login(input: $input) {
      ... on SecondFactorRequired { attemptToken } } }`,
    { input: { email, password: PASSWORD } },
    {},
  );
  const { attemptToken } = begun.data?.['login'] ?? {};
  const device = begun.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  const proved = await client.send(
    `mutation ($input: VerifySecondFactorInput!) { verifySecondFactor(input: $input) {
      ... on LoginSucceeded { tokens { accessToken refreshToken } } } }`,
    { input: { attemptToken, kind: 'TOTP', code } },
    { cookie: device },
  );
  expect(proved.errors).toEqual([]);
  client.accessToken = proved.data?.['verifySecondFactor'].tokens.accessToken;
  client.refreshToken = proved.data?.['verifySecondFactor'].tokens.refreshToken;
  return client;
}

const remove = async (client: Client, factorId: string) =>
  await client.send(
    'mutation ($input: RemoveSecondFactorInput!) { removeSecondFactor(input: $input) { __typename } }',
    { input: { factorId } },
  );

test('the session that enrols a factor has proved it; the others, which have not, end', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const bystander = await newPerson(app);
  await addTotp(person.client, { time: clock });
  expect([await isAlive(person.client), await isAlive(phone), await isAlive(bystander.client)]).toEqual([
    true,
    false,
    true,
  ]);
  expect((await phone.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await rowOf(phone))?.['revoke_reason']).toBe('second_factor_added');
  const row = await rowOf(person.client);
  expect([row?.['acr'], row?.['amr'], row?.['second_factor_at']]).toEqual([
    'aal2',
    ['pwd', 'mfa'],
    expect.anything(),
  ]);
});

test('the session goes on as one that is fresh and has a second factor, by the same access token', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  const answer = await client.send(
    `{ viewer { assurance { acr amr } sessions { edges { node { acr secondFactorAt } } } } }`,
  );
  expect(answer.data?.['viewer']).toEqual({
    assurance: { acr: 'aal2', amr: ['pwd', 'mfa'] },
    sessions: { edges: [{ node: { acr: 'aal2', secondFactorAt: clock.now().toISOString() } }] },
  });
  // A fresh proof is asked for: with a factor that the session lacked, this would be refused.
  clock.advance(31);
  await addTotp(client, { time: clock, name: 'Another' });
});

test('a factor that goes takes the sessions along that were opened with it, but the one that took it', async () => {
  const person = await newPerson(app);
  const first = await addTotp(person.client, { time: clock });
  clock.advance(31);
  const second = await addTotp(person.client, { time: clock, name: 'Spare' });
  clock.advance(31);
  const [byFirst, bySecond] = [
    await withSecondFactor(person, nextCode(first, { now: () => new Date(clock.now().getTime() - 30_000) })),
    await withSecondFactor(person, nextCode(second, { now: () => new Date(clock.now().getTime() - 30_000) })),
  ];
  expect((await remove(bySecond, second.factorId)).errors).toEqual([]);
  expect([await isAlive(byFirst), await isAlive(bySecond)]).toEqual([true, true]);
  expect((await remove(bySecond, first.factorId)).errors).toEqual([]);
  expect(await isAlive(byFirst)).toBe(false);
  expect((await rowOf(byFirst))?.['revoke_reason']).toBe('credential_removed');
  // The session that enrolled both rests on them, too.
  expect(await isAlive(person.client)).toBe(false);
});
