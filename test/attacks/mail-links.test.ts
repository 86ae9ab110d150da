import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { generousLimits, mailedChange, moveTo, newVerifiedPerson } from '../support/email-flows.js';
import { lastMailTo, mailsTo, tokenIn } from '../support/mails.js';

const EVIL = 'evil.example';
const CONFIGURED = 'http://localhost:3000/account/';

/** Headers by which a client may claim that the server, or the page that asks, is somebody else's. */
const poisons: readonly Readonly<Record<string, string>>[] = [
  { host: EVIL },
  { host: `localhost:3000@${EVIL}` },
  { 'x-forwarded-host': EVIL },
  { 'x-forwarded-proto': 'https', 'x-forwarded-host': EVIL, 'x-forwarded-port': '444' },
  { 'x-forwarded-prefix': `//${EVIL}`, 'x-forwarded-server': EVIL },
  { forwarded: `host=${EVIL};proto=https;for=1.2.3.4` },
  { 'x-original-url': `https://${EVIL}/`, 'x-rewrite-url': `https://${EVIL}/`, 'x-host': EVIL },
  { origin: `https://${EVIL}`, referer: `https://${EVIL}/account/` },
];

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());
beforeEach(async () => await app.mailbox.clear());

/** One operation that mails: as whom, what, and to which address. */
interface Flow {
  readonly operation: string;
  readonly input: object;
  readonly to: string;
  readonly as?: Client;
}

const flows: readonly [name: string, page: string, flow: () => Promise<Flow>][] = [
  [
    'sign-up',
    'verify-email',
    async () => {
      const to = newAddress();
      return { operation: 'signUp', input: { email: to, password: PASSWORD }, to };
    },
  ],
  [
    'sign-up with a known address',
    'reset-password',
    async () => {
      const { email: to } = await newPerson(app);
      return { operation: 'signUp', input: { email: to, password: PASSWORD }, to };
    },
  ],
  [
    'verification',
    'verify-email',
    async () => {
      const { email: to } = await newPerson(app);
      return { operation: 'requestEmailVerification', input: { email: to }, to };
    },
  ],
  [
    'reset',
    'reset-password',
    async () => {
      const { email: to } = await newPerson(app);
      return { operation: 'requestPasswordReset', input: { email: to }, to };
    },
  ],
  [
    'change of address',
    'confirm-email',
    async () => {
      const { client } = await newPerson(app);
      const to = newAddress();
      return { operation: 'changeEmail', input: { newEmail: to }, to, as: client };
    },
  ],
  [
    'confirmed change',
    'undo-email-change',
    async () => {
      const { client, email: to } = await newPerson(app);
      const { token } = await mailedChange(app, client, newAddress());
      return { operation: 'confirmEmailChange', input: { token }, to };
    },
  ],
  [
    'change taken back',
    'reset-password',
    async () => {
      const { client, email: to } = await newVerifiedPerson(app);
      return {
        operation: 'undoEmailChange',
        input: { token: (await moveTo(app, client, to)).undo },
        to,
      };
    },
  ],
  [
    'activation',
    'activate',
    async () => {
      const to = newAddress();
      return { operation: 'createUser', input: { email: to }, to, as: admin };
    },
  ],
];

describe.each(flows)('the mail of a %s', (_name, page, flow) => {
  test.each(poisons)('leads to the configured address alone, whatever %o claims', async (headers) => {
    const { operation, input, to, as } = await flow();
    const type = `${operation[0]?.toUpperCase()}${operation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${operation}(input: $input) { __typename } }`;
    const credential = as === undefined ? [] : [['authorization', `Bearer ${as.accessToken}`] as const];
    await app.mailbox.clear();
    const answer = await post(
      { ...headers, ...Object.fromEntries(credential) },
      { query, variables: { input } },
    );
    expect(answer).toContain(`"${operation}":{`);
    expect(answer).not.toContain(EVIL);
    const [mail] = await mailsTo(app, to);
    const whole = JSON.stringify(mail);
    expect(whole).not.toContain(EVIL);
    const links = [...whole.matchAll(/https?:[^\s"\\<]*/g)].map(([link]) => link);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(link.startsWith(`${CONFIGURED}${page}#token=`), link).toBe(true);
  });
});

test('after a change of address nothing that was mailed to the former one works', async () => {
  const { client, email } = await newVerifiedPerson(app);
  await client.send(
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
    {
      input: { email },
    },
  );
  const reset = tokenIn(await lastMailTo(app, email));
  const { client: other, email: unproved } = await newPerson(app);
  const verification = tokenIn(await lastMailTo(app, unproved));
  await moveTo(app, client, email);
  await moveTo(app, other, unproved);
  const newPassword = 'nine quiet lamps by the river';
  const answers = [
    await app
      .client()
      .send('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }', {
        input: { token: reset, newPassword },
      }),
    await app
      .client()
      .send('mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { verified } }', {
        input: { token: verification },
      }),
  ];
  expect(answers.map(({ code }) => code)).toEqual(['CHALLENGE_INVALID', 'CHALLENGE_INVALID']);
});

/** Sends an operation with headers that fetch would not let through; answers everything that came back, as text. */
async function post(headers: Readonly<Record<string, string>>, body: object): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const options = {
    hostname,
    port,
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  };
  return await new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = JSON.stringify([response.statusCode, response.headers]);
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}
