import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { newVerifiedPerson } from '../support/email-flows.js';
import { fencedBlocks } from '../support/fenced-block.js';
import { codeIn, lastMailTo } from '../support/mails.js';
import { addEmailCode, addTotp, nextCode } from '../support/second-factors.js';

const GUIDE = 'docs/guides/second-factors.md';

type Send = (query: string, input: object) => Promise<unknown>;
type Ask = (factors: readonly { kind?: string }[]) => Promise<{ kind?: string; code?: string }>;
type SignIn = (send: Send, ask: Ask, email: string, password: string) => Promise<{ accessToken: string }>;

let app: TestApp;
let signIn: SignIn;
beforeAll(async () => {
  app = await startTestApp();
  const [example = ''] = fencedBlocks(GUIDE, 'js');
  const module = `data:text/javascript,${encodeURIComponent(example)}`;
  signIn = ((await import(module)) as { signIn: SignIn }).signIn;
});
afterAll(() => app.close());

test('the guide’s operations are of this schema', () => {
  const operations = fencedBlocks(GUIDE, 'graphql');
  expect(operations).toHaveLength(2);
  for (const operation of operations) {
    expect(validate(schemaOfAllFeatures(), parse(operation))).toEqual([]);
  }
});

test('the guide’s function signs in without a second factor, with one, and by a code in a mail', async () => {
  const plain = await newPerson(app);
  expect(await viewerOf(await signIn(sendIn(), async () => ({}), plain.email, PASSWORD))).toBe(plain.id);

  const careful = await newPerson(app);
  const totp = await addTotp(careful.client);
  const ask: Ask = async (factors) => {
    expect(factors.map(({ kind }) => kind)).toEqual(['TOTP', 'RECOVERY_CODE']);
    return { kind: 'TOTP', code: nextCode(totp) };
  };
  expect(await viewerOf(await signIn(sendIn(), ask, careful.email, PASSWORD))).toBe(careful.id);

  const reader = await newVerifiedPerson(app);
  await addEmailCode(app, reader);
  const askByMail: Ask = async ([first]) =>
    first?.kind === 'EMAIL_CODE'
      ? { kind: 'EMAIL_CODE' }
      : { code: codeIn(await lastMailTo(app, reader.email)) };
  expect(await viewerOf(await signIn(sendIn(), askByMail, reader.email, PASSWORD))).toBe(reader.id);
});

/** What a frontend has: it throws the code of a refusal. */
function sendIn(): Send {
  const browser = new Browser(app.url);
  return async (query, input) => {
    const { data, code } = await browser.send(query, { input });
    if (code !== undefined) throw new Error(code);
    return data;
  };
}

async function viewerOf({ accessToken }: { accessToken: string }): Promise<unknown> {
  const client = app.client();
  client.accessToken = accessToken;
  return (await client.send('{ viewer { id } }')).data?.['viewer'].id;
}
