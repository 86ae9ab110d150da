import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { FakeClock } from '../support/clock.js';
import { generousLimits, moveTo, newVerifiedPerson, undoChange } from '../support/email-flows.js';
import { changePassword, mailedReset, NEW_PASSWORD, reset, setUserPassword } from '../support/passwords.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

/** A browser that has signed in, and keeps nothing but what it is recognised by. */
async function knownBrowser(email: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser(app.url);
  expect((await browser.signIn({ email, password })).errors).toEqual([]);
  await browser.signOut();
  return browser;
}

/** Closes the account to all who are not known for it. */
async function close(email: string): Promise<void> {
  clock.advance(3600);
  for (let i = 0; i < 5; i += 1) await app.client().login({ email, password: `guess ${i}` });
}

/** What a wrong password is answered by, from that browser: only who is known may be wrong while it is closed. */
const guessFrom = async (browser: Browser, email: string): Promise<string | undefined> =>
  (await browser.signIn({ email, password: 'wrong' })).code;

test('a device that had the password is a stranger after a reset', async () => {
  const { email } = await newPerson(app);
  const thief = await knownBrowser(email);
  expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
  await close(email);
  expect(await guessFrom(thief, email)).toBe('TOO_MANY_ATTEMPTS');
});

test('a device that had the password is a stranger after an admin has set another', async () => {
  const { email, id } = await newPerson(app);
  const thief = await knownBrowser(email);
  expect((await setUserPassword(await app.adminClient(), id)).errors).toEqual([]);
  await close(email);
  expect(await guessFrom(thief, email)).toBe('TOO_MANY_ATTEMPTS');
});

test('a device that had the password is a stranger after the owner has taken the address back', async () => {
  const person = await newVerifiedPerson(app);
  const thief = await knownBrowser(person.email);
  const { undo } = await moveTo(app, person.client, person.email);
  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
  await close(person.email);
  expect(await guessFrom(thief, person.email)).toBe('TOO_MANY_ATTEMPTS');
});

test('of all devices, only the one that the owner changes the password on stays known', async () => {
  const { email } = await newPerson(app);
  const thief = await knownBrowser(email);
  const laptop = new Browser(app.url);
  expect((await laptop.signIn({ email, password: PASSWORD })).errors).toEqual([]);
  expect((await changePassword(laptop, PASSWORD)).errors).toEqual([]);
  await laptop.signOut();
  await close(email);
  expect(await guessFrom(thief, email)).toBe('TOO_MANY_ATTEMPTS');
  expect((await laptop.signIn({ email, password: NEW_PASSWORD })).errors).toEqual([]);
});

test('a device cookie that somebody planted is replaced at the sign-in, and vouches for nobody', async () => {
  const mallory = newAddress();
  expect((await app.client().signUp({ email: mallory, password: PASSWORD })).errors).toEqual([]);
  const planted = await knownBrowser(mallory);
  const { email } = await newPerson(app);
  const victim = new Browser(app.url);
  for (const [name, value] of planted.cookies) victim.cookies.set(name, value);
  expect((await victim.signIn({ email, password: PASSWORD })).errors).toEqual([]);
  await victim.signOut();
  await close(email);
  expect(await guessFrom(planted, email)).toBe('TOO_MANY_ATTEMPTS');
  expect((await victim.signIn({ email, password: PASSWORD })).errors).toEqual([]);
});
