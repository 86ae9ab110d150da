import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits } from '../support/email-flows.js';
import { addTotp, nextCode } from '../support/second-factors.js';
import { attemptOf, firstStep, newGuarded, signInGuarded, verifyFactor } from '../support/second-step.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

/** Another browser with the same cookies, and no tokens. */
function copyOf(browser: Browser): Browser {
  const copy = new Browser(browser.url);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

const leadsTo = async (browser: Browser, person: { email: string }): Promise<string> =>
  (await firstStep(browser, person)).data?.['login']?.__typename;

test('a device cookie that was copied before the device is trusted is not trusted with it', async () => {
  const owner = await newPerson(app);
  const intruder = new Browser(app.url);
  expect((await intruder.signIn({ email: owner.email, password: PASSWORD })).errors).toEqual([]);
  await intruder.signOut();
  const totp = await addTotp(owner.client, { time: clock });
  const planted = copyOf(intruder);
  const attemptToken = await attemptOf(planted, owner);
  clock.advance(60);
  const answer = await verifyFactor(planted, {
    attemptToken,
    code: nextCode(totp, clock),
    trustDevice: true,
  });
  expect(answer.errors).toEqual([]);
  expect(await leadsTo(copyOf(intruder), owner)).toBe('SecondFactorRequired');
  await planted.signOut();
  expect(await leadsTo(planted, owner)).toBe('LoginSucceeded');
});

test('a sign-in is done also where the device could not be trusted', async () => {
  const person = await newGuarded(app, clock);
  const trust = vi.spyOn(app.services.trustedDevices, 'trustWithin').mockRejectedValueOnce(new Error('down'));
  await signInGuarded(person, { trustDevice: true });
  expect(trust).toHaveBeenCalledOnce();
  expect((await person.browser.send('{ viewer { id } }')).errors).toEqual([]);
  expect(await leadsTo(copyOf(person.browser), person)).toBe('SecondFactorRequired');
});

test('a stranger with the password cannot use up the answers that the owner has, on a known device', async () => {
  const person = await newGuarded(app, clock);
  await signInGuarded(person);
  const known = copyOf(person.browser);
  clock.advance(4000);
  const thieves: { browser: Browser; attemptToken: string }[] = [];
  for (let i = 0; i < 3; i += 1) {
    const browser = new Browser(app.url);
    thieves.push({ browser, attemptToken: await attemptOf(browser, person) });
  }
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < 30; i += 1) {
    const thief = thieves[i % 3];
    if (!thief) continue;
    const { browser, attemptToken } = thief;
    codes.push((await verifyFactor(browser, { attemptToken, code: '000000' })).code);
  }
  expect(new Set(codes)).toEqual(new Set(['FACTOR_REFUSED', 'TOO_MANY_ATTEMPTS']));
  await signInGuarded(person, { browser: known });
});
