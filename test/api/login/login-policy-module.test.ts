import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { fencedBlocks } from '../../support/fenced-block.js';
import { firstStep, newGuarded, newUnguarded, signInGuarded } from '../../support/second-step.js';

const clock = new FakeClock();
let directory: string;
let app: TestApp | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'login-policy-'));
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(() => rm(directory, { recursive: true }));

let modules = 0;
async function moduleOf(text: string): Promise<string> {
  modules += 1;
  const path = join(directory, `policy-${modules}.mjs`);
  await writeFile(path, text);
  return path;
}

async function startWith(text: string): Promise<TestApp> {
  const policyModule = await moduleOf(text);
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, mfa: { policyModule } } });
  return app;
}

/** What a right password leads to under the module: a type, or a code. */
async function leadsTo(text: string): Promise<string> {
  const started = await startWith(text);
  const { email, browser } = await newUnguarded(started);
  const answer = await firstStep(browser, { email });
  const sessions = await sql(
    started,
    'select 1 from sessions s join users u on u.id = s.user_id where u.email = ?',
    [email],
  );
  const result = answer.code ?? answer.data?.['login'].__typename;
  expect(sessions).toHaveLength(result === 'LoginSucceeded' ? 1 : 0);
  return result;
}

describe('a module that asks', () => {
  test.each([
    ['nothing', '({})', 'LoginSucceeded'],
    ['for a second factor', '({ secondFactor: true })', 'SecondFactorEnrolmentRequired'],
    ['for a proved address', '({ verifiedEmail: true })', 'EmailVerificationRequired'],
    ['for no session at all', '({ refuse: true })', 'INVALID_CREDENTIALS'],
    ['for less', '({ secondFactor: false, refuse: false })', 'LoginSucceeded'],
  ])('%s is heard', async (_what, answer, result) => {
    expect(await leadsTo(`export default () => ${answer};`)).toBe(result);
  });

  test('for certain kinds is heard: no other is offered to enrol', async () => {
    const started = await startWith(
      `export default async () => ({ secondFactor: true, kinds: ['passkey'] });`,
    );
    const { email, browser } = await newUnguarded(started);
    expect((await firstStep(browser, { email })).data?.['login'].kinds).toEqual(['PASSKEY']);
  });

  test('for a second factor is heard on a trusted device too', async () => {
    const started = await startWith(
      `export default ({ userAgent }) => ({ secondFactor: userAgent === 'strict' });`,
    );
    const person = await newGuarded(started, clock);
    await signInGuarded(person, { trustDevice: true });
    person.browser.accessToken = undefined;
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
    const input = { email: person.email, password: PASSWORD };
    const strict = await person.browser.send(query, { input }, { 'user-agent': 'strict' });
    expect(strict.data?.['login'].__typename).toBe('SecondFactorRequired');
    const usual = await person.browser.send(query, { input }, { 'user-agent': 'usual' });
    expect(usual.data?.['login'].__typename).toBe('LoginSucceeded');
  });
});

describe('nobody is let in', () => {
  test.each([
    ['throws', `() => { throw new Error('broken'); }`],
    ['rejects', `async () => { throw new Error('broken'); }`],
    ['answers nothing', `() => {}`],
    ['answers null', `() => null`],
    ['answers a word', `() => 'refuse'`],
    ['misspells a demand', `() => ({ secondfactor: true })`],
    ['answers another type', `() => ({ secondFactor: 'yes' })`],
    ['names no kind', `() => ({ kinds: [] })`],
    ['names an unknown kind', `() => ({ kinds: ['sms'] })`],
    ['changes what it is given', `(attempt) => { attempt.roles.push('admin'); return {}; }`],
    ['never answers', `() => new Promise(() => {})`],
  ])('by a module that %s: LOGIN_POLICY_UNAVAILABLE', async (_what, policy) => {
    expect(await leadsTo(`export default ${policy};`)).toBe('LOGIN_POLICY_UNAVAILABLE');
  });

  test('and what goes wrong in a module does not count against the account', async () => {
    const started = await startWith(`export default () => { throw new Error('broken'); };`);
    const { email, browser } = await newUnguarded(started);
    for (let each = 0; each < 7; each += 1) {
      expect((await firstStep(browser, { email })).code).toBe('LOGIN_POLICY_UNAVAILABLE');
    }
  });
});

test('the module is told of every step, in plain facts without secrets', async () => {
  const key = `seen-${modules}`;
  const seen: Record<string, unknown>[] = [];
  Reflect.set(globalThis, key, seen);
  const started = await startWith(
    `export default (attempt) => { globalThis['${key}'].push(attempt); return {}; };`,
  );
  const person = await newGuarded(started, clock);
  await signInGuarded(person);
  const of = seen.filter(({ userId }) => userId === person.id);
  expect(of.at(-1)).toEqual({
    userId: person.id,
    email: person.email,
    emailVerified: false,
    roles: [],
    method: 'password',
    amr: ['pwd'],
    factorKinds: ['totp'],
    secondFactor: 'totp',
    device: { known: false, trusted: false },
    ip: '127.0.0.1',
    userAgent: expect.anything(),
  });
  expect(of.at(-2)).toMatchObject({ secondFactor: null });
  expect(JSON.stringify(seen)).not.toContain(PASSWORD);
  expect(Object.isFrozen(of.at(-1)?.['roles'])).toBe(true);
});

test.each([
  ['is not there', async () => join(directory, 'nowhere.mjs')],
  ['does not parse', async () => await moduleOf('export default (')],
  ['throws while it loads', async () => await moduleOf(`throw new Error('secret words');`)],
  ['has no default export', async () => await moduleOf('export const policy = () => ({});')],
  ['exports something else', async () => await moduleOf('export default { secondFactor: true };')],
])('a module that %s keeps the server from starting, and is named', async (_what, make) => {
  const policyModule = await make();
  const start = startTestApp({ config: { mfa: { policyModule } } });
  await expect(start).rejects.toThrow(/AUTH_LOGIN_POLICY_MODULE/);
  await expect(start).rejects.not.toThrow(/secret words/);
});

test('the example of the guide does what the guide says', async () => {
  const started = await startWith(fencedBlocks('docs/guides/login-policy.md', 'js')[0] ?? '');
  const { email, browser } = await newUnguarded(started);
  expect((await firstStep(browser, { email })).data?.['login'].__typename).toBe('LoginSucceeded');
  const outside = new Browser(started.url);
  const stranger = { email: newAddress().replace('example.com', 'example.test') };
  expect((await outside.signUp({ ...stranger, password: PASSWORD })).errors).toEqual([]);
  expect((await firstStep(outside, stranger)).data?.['login'].__typename).toBe(
    'SecondFactorEnrolmentRequired',
  );
});
