import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../../src/app/app.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PolicyAttempt } from '../../../src/features/login/login-demands/login-demands.contract.js';
import { loadLoginPolicy } from '../../../src/features/login/login-demands/login-policy-module.js';
import { sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import { testConfig } from '../../support/config.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { fencedBlocks } from '../../support/fenced-block.js';
import { firstStep, newGuarded, newUnguarded, signInGuarded } from '../../support/second-step.js';

const clock = new FakeClock();
/** What the module of the server does at the moment: it is loaded once, and asked at every sign-in. */
const POLICY = 'policyOfThisTest';
let directory: string;
let app: TestApp;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'login-policy-'));
  const policyModule = await moduleOf(`export default (attempt) => globalThis.${POLICY}(attempt);`);
  app = await startTestApp({ clock, config: { rateLimits: generousLimits, mfa: { policyModule } } });
});
beforeEach(() => policy(() => ({})));
afterAll(async () => {
  await app.close();
  Reflect.deleteProperty(globalThis, POLICY);
  await rm(directory, { recursive: true });
});

function policy(answer: (attempt: PolicyAttempt) => unknown): void {
  Reflect.set(globalThis, POLICY, answer);
}

let modules = 0;
async function moduleOf(text: string): Promise<string> {
  modules += 1;
  const path = join(directory, `policy-${modules}.mjs`);
  await writeFile(path, text);
  return path;
}

/** What a right password leads to under the policy: a type, or a code. */
async function leadsTo(answer: (attempt: PolicyAttempt) => unknown): Promise<string> {
  policy(answer);
  const { email, browser } = await newUnguarded(app);
  const { code, data } = await firstStep(browser, { email });
  const ofThem = 'select 1 from sessions s join users u on u.id = s.user_id where u.email = ?';
  const result = code ?? data?.['login'].__typename;
  expect(await sql(app, ofThem, [email])).toHaveLength(result === 'LoginSucceeded' ? 1 : 0);
  return result;
}

describe('a module that asks', () => {
  test.each([
    ['nothing', {}, 'LoginSucceeded'],
    ['for a second factor', { secondFactor: true }, 'SecondFactorEnrolmentRequired'],
    ['for a proved address', { verifiedEmail: true }, 'EmailVerificationRequired'],
    ['for no session at all', { refuse: true }, 'INVALID_CREDENTIALS'],
    ['for less', { secondFactor: false, refuse: false }, 'LoginSucceeded'],
  ])('%s is heard', async (_what, demands, result) => {
    expect(await leadsTo(() => demands)).toBe(result);
  });

  test('for certain kinds is heard: no other is offered to enrol', async () => {
    policy(async () => ({ secondFactor: true, kinds: ['passkey'] }));
    const { email, browser } = await newUnguarded(app);
    expect((await firstStep(browser, { email })).data?.['login'].kinds).toEqual(['PASSKEY']);
  });

  test('for a second factor is heard on a trusted device too', async () => {
    const person = await newGuarded(app, clock);
    await signInGuarded(person, { trustDevice: true });
    person.browser.accessToken = undefined;
    expect((await firstStep(person.browser, person)).data?.['login'].__typename).toBe('LoginSucceeded');
    policy(({ device }) => ({ secondFactor: device.trusted }));
    expect((await firstStep(person.browser, person)).data?.['login'].__typename).toBe('SecondFactorRequired');
  });
});

describe('nobody is let in', () => {
  const broken = new Error('broken');
  test.each<[string, (attempt: PolicyAttempt) => unknown]>([
    ['throws', () => raise(broken)],
    ['rejects', async () => await Promise.reject(broken)],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
    ['answers a word', () => 'refuse'],
    ['misspells a demand', () => ({ secondfactor: true })],
    ['answers another type', () => ({ secondFactor: 'yes' })],
    ['names no kind', () => ({ kinds: [] })],
    ['names an unknown kind', () => ({ kinds: ['sms'] })],
    ['changes what it is given', ({ roles }) => (roles as string[]).push('system_admin')],
    ['never answers', () => new Promise(() => {})],
  ])('by a module that %s: LOGIN_POLICY_UNAVAILABLE', async (_what, answer) => {
    expect(await leadsTo(answer)).toBe('LOGIN_POLICY_UNAVAILABLE');
  });

  test('and what goes wrong in a module does not count against the account', async () => {
    const { email, browser } = await newUnguarded(app);
    policy(() => raise(broken));
    for (let each = 0; each < 7; each += 1) {
      expect((await firstStep(browser, { email })).code).toBe('LOGIN_POLICY_UNAVAILABLE');
    }
    policy(() => ({}));
    expect((await firstStep(browser, { email })).data?.['login'].__typename).toBe('LoginSucceeded');
  });
});

test('the module is told of every step, in plain facts without secrets', async () => {
  const person = await newGuarded(app, clock);
  const seen: PolicyAttempt[] = [];
  policy((attempt) => {
    seen.push(attempt);
    return {};
  });
  await signInGuarded(person);
  expect(seen).toHaveLength(2);
  expect(seen[0]).toMatchObject({ secondFactor: null });
  expect(seen[1]).toEqual({
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
  expect(Object.isFrozen(seen[1]?.roles)).toBe(true);
});

test.each([
  ['is not there', async () => join(directory, 'nowhere.mjs')],
  ['does not parse', async () => await moduleOf('export default (')],
  ['throws while it loads', async () => await moduleOf(`throw new Error('secret words');`)],
  ['has no default export', async () => await moduleOf('export const policy = () => ({});')],
  ['exports something else', async () => await moduleOf('export default { secondFactor: true };')],
])('a module that %s keeps the server from starting, and is named', async (_what, make) => {
  const policyModule = await make();
  const start = startApp(testConfig({ mfa: { policyModule } }));
  await expect(start).rejects.toThrow(/AUTH_LOGIN_POLICY_MODULE/);
  await expect(start).rejects.not.toThrow(/secret words/);
});

test('the example of the guide does what the guide says', async () => {
  const [example = ''] = fencedBlocks('docs/guides/login-policy.md', 'js');
  const answer = await loadLoginPolicy(await moduleOf(example));
  expect(await leadsTo((attempt) => answer?.(attempt))).toBe('LoginSucceeded');
  const outside = (attempt: PolicyAttempt) => answer?.({ ...attempt, email: 'somebody@example.test' });
  expect(await leadsTo(outside)).toBe('SecondFactorEnrolmentRequired');
  policy((attempt) => answer?.(attempt));
  const admin = new Browser(app.url);
  expect((await firstStep(admin, { ...ADMIN })).data?.['login'].__typename).toBe('LoginSucceeded');
});

function raise(error: Error): never {
  throw error;
}
