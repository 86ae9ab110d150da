import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';

const EVIL = 'evil.example';

/** Headers by which a client may claim to be talking to somebody else. */
const poisons: readonly Readonly<Record<string, string>>[] = [
  { host: EVIL },
  { host: `${EVIL}:80` },
  { host: `localhost:3000@${EVIL}` },
  { host: 'localhost', 'x-forwarded-host': EVIL },
  { host: 'localhost', 'x-forwarded-proto': 'https', 'x-forwarded-host': EVIL, 'x-forwarded-port': '444' },
  { host: 'localhost', forwarded: `host=${EVIL};proto=https;for=1.2.3.4` },
  { host: 'localhost', 'x-original-url': `https://${EVIL}/`, 'x-rewrite-url': `https://${EVIL}/` },
  { host: 'localhost', 'x-host': EVIL, 'x-forwarded-server': EVIL, 'x-http-host-override': EVIL },
  { host: 'localhost', origin: 'http://localhost:3000', referer: `https://${EVIL}/` },
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

test.each(poisons)('no answer speaks of the host that a client claims: %o', async (headers) => {
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/jwks.json',
    '/auth/validate',
    '/health/ready',
    '/console',
    '/dev/mailbox',
    '/nowhere',
  ]) {
    const answer = await send({ path, headers });
    expect(answer, path).not.toContain(EVIL);
  }
});

test.each(poisons)('no mail speaks of the host that a client claims: %o', async (headers) => {
  const known = (await newPerson(app)).email;
  await app.mailbox.clear();
  for (const email of [newAddress(), known]) {
    const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }';
    const body = JSON.stringify({ query, variables: { input: { email, password: PASSWORD } } });
    const answer = await send({
      path: '/graphql',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    expect(answer).toContain('"accepted":true');
    expect(answer).not.toContain(EVIL);
  }
  await expect.poll(() => app.mailbox.messages().length).toBe(2);
  expect(JSON.stringify(app.mailbox.messages())).not.toContain(EVIL);
});

test.each(poisons)(
  'a token names the configured issuer, whatever host it was asked of: %o',
  async (headers) => {
    const { email } = await newPerson(app);
    const query = `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSucceeded { tokens { accessToken } } } }`;
    const body = JSON.stringify({ query, variables: { input: { email, password: PASSWORD } } });
    const answer = await send({
      path: '/graphql',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    const [, token = ''] = /"accessToken":"([^"]+)"/.exec(answer) ?? [];
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: 'http://localhost:3000', aud: 'http://localhost:3000' });
  },
);

test('a forwarded address from nobody’s proxy is not taken for the client’s', async () => {
  const { email, client } = await newPerson(app);
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const body = JSON.stringify({ query, variables: { input: { email, password: PASSWORD } } });
  const claims = {
    'x-forwarded-for': '1.2.3.4',
    'x-real-ip': '1.2.3.4',
    forwarded: 'for=1.2.3.4',
    'cf-connecting-ip': '1.2.3.4',
  };
  await send({ path: '/graphql', headers: { ...claims, 'content-type': 'application/json' }, body });
  const { data } = await client.send('{ sessions { edges { node { ip } } } }');
  const ips = data?.['sessions'].edges.map(({ node }: { node: { ip: string } }) => node.ip);
  expect(ips).toHaveLength(2);
  expect(ips).not.toContain('1.2.3.4');
});

/** Sends a request with headers that fetch would not let through; answers everything that came back, as text. */
async function send(what: {
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const { path, headers, body } = what;
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let text = JSON.stringify([response.statusCode, response.headers]);
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end(body);
  });
}
