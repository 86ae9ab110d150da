import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: {
      server: { trustedProxies: ['127.0.0.1'] },
      places: { header: 'x-place' },
    },
  });
});
afterAll(async () => await app.close());
beforeEach(async () => await app.mailbox.clear());

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const HOME = { 'x-forwarded-for': '203.0.113.7', 'user-agent': FIREFOX };
const ELSEWHERE = { 'x-forwarded-for': '198.51.100.9', 'user-agent': CHROME };

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  ... on LoginSucceeded { tokens { accessToken } user { id } } } }`;

async function signIn(email: string, headers: Record<string, string>, password = PASSWORD): Promise<Client> {
  const client = app.client();
  const answer = await client.send(LOGIN, { input: { email, password } }, headers);
  client.accessToken = answer.data?.['login'].tokens.accessToken;
  return client;
}

async function newAccount(): Promise<string> {
  const email = newAddress();
  await app.client().signUp({ email, password: PASSWORD });
  await signIn(email, HOME);
  await app.mailbox.clear();
  return email;
}

async function currentOf(client: Client) {
  const answer = await client.send(
    `{ viewer { sessions { edges { node { current place suspicious secondFactorAt } } } } }`,
  );
  expect(answer.errors).toEqual([]);
  type Node = { current: boolean; place: string | null; suspicious: string[] };
  const nodes: Node[] = answer.data?.['viewer'].sessions.edges.map(({ node }: { node: Node }) => node);
  return nodes.find(({ current }) => current);
}

const mailsTo = async (email: string) => {
  await app.services.mails.idle();
  return app.mailbox.messages(email).map(({ subject }) => subject);
};

test('nothing of the first session of an account is suspicious, even after a wrong password', async () => {
  const email = newAddress();
  await app.client().signUp({ email, password: PASSWORD });
  await signIn(email, HOME, 'not the password at all');
  expect((await currentOf(await signIn(email, ELSEWHERE)))?.suspicious).toEqual([]);
});

test('another session of the same kind is not suspicious', async () => {
  const email = await newAccount();
  expect((await currentOf(await signIn(email, HOME)))?.suspicious).toEqual([]);
  expect(await mailsTo(email)).toEqual([]);
});

test('a new network is told, the next address of a known one is not', async () => {
  const email = await newAccount();
  const neighbour = await signIn(email, { ...HOME, 'x-forwarded-for': '203.0.113.250' });
  expect((await currentOf(neighbour))?.suspicious).toEqual([]);
  const abroad = await signIn(email, { ...HOME, 'x-forwarded-for': '198.51.100.9' });
  expect((await currentOf(abroad))?.suspicious).toEqual(['NEW_NETWORK']);
  expect(await mailsTo(email)).toEqual([]);
});

test('a new device is told', async () => {
  const email = await newAccount();
  const phone = await signIn(email, { ...HOME, 'user-agent': CHROME });
  expect((await currentOf(phone))?.suspicious).toEqual(['NEW_AGENT']);
  expect(await mailsTo(email)).toEqual([]);
});

test('on a new device and from a new network at once, the owner is written to, once', async () => {
  const email = await newAccount();
  const stranger = await signIn(email, ELSEWHERE);
  expect((await currentOf(stranger))?.suspicious).toEqual(['NEW_NETWORK', 'NEW_AGENT']);
  await signIn(email, ELSEWHERE);
  expect(await mailsTo(email)).toEqual(['New sign-in to your Latchkey account']);
  const [mail] = app.mailbox.messages(email);
  expect(mail?.text).toContain('Chrome on Windows');
  expect(mail?.text).not.toContain('198.51.100.9');
});

test('failures within the hour before are told, whose counter the success has cleared; older ones are not', async () => {
  const email = await newAccount();
  await signIn(email, HOME, 'not the password at all');
  expect((await currentOf(await signIn(email, HOME)))?.suspicious).toEqual(['FAILURES_BEFORE']);
  clock.advance(3_601);
  expect((await currentOf(await signIn(email, HOME)))?.suspicious).toEqual([]);
});

test('the place is what the proxy says, and null where it says nothing', async () => {
  const email = await newAccount();
  const zurich = Buffer.from('Zürich', 'utf8').toString('latin1');
  expect((await currentOf(await signIn(email, { ...HOME, 'x-place': zurich })))?.place).toBe('Zürich');
  expect((await currentOf(await signIn(email, HOME)))?.place).toBeNull();
});

test('of somebody who is no proxy of ours, no place is taken', async () => {
  const direct = await startTestApp({ config: { places: { header: 'x-place' } } });
  try {
    const email = newAddress();
    await direct.client().signUp({ email, password: PASSWORD });
    const client = direct.client();
    const answer = await client.send(LOGIN, { input: { email, password: PASSWORD } }, { 'x-place': 'DE' });
    client.accessToken = answer.data?.['login'].tokens.accessToken;
    expect((await currentOf(client))?.place).toBeNull();
  } finally {
    await direct.close();
  }
});
