// A mailbox is one proof: it neither stands in for a second factor, nor lets anybody keep what they prepared before.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { changeEmail, confirmChange, newVerifiedPerson } from '../support/email-flows.js';
import {
  byCode,
  byLink,
  loginLinksOn,
  loginWithLink,
  loginWithLinkCode,
  mailedLogin,
} from '../support/login-links.js';
import { lastMailTo, mailsTo, tokenIn } from '../support/mails.js';
import { mailedReset, reset, signInCode } from '../support/passwords.js';
import { addTotp } from '../support/second-factors.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { ...loginLinksOn, lockout: { threshold: 1_000 } } });
});
afterAll(async () => await app.close());

describe('a second factor', () => {
  test('is asked for after the link: a mailbox alone opens nothing', async () => {
    const { client, email, id } = await newVerifiedPerson(app);
    await addTotp(client);
    for (const proof of [byLink, byCode]) {
      const mailed = await mailedLogin(app, email);
      const answer = await loginWithLink(mailed.browser, proof(mailed));
      expect(answer.data?.['loginWithLink'].__typename).toBe('SecondFactorRequired');
      expect(mailed.browser.accessToken).toBeUndefined();
    }
    expect(await sql(app, 'select id from sessions where user_id = ?', [id])).toHaveLength(1);
  });

  test('of an account whose address was never proved leaves it as it is: neither proved nor taken', async () => {
    const { client, email, id } = await newPerson(app);
    await addTotp(client);
    const mailed = await mailedLogin(app, email);
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('SecondFactorRequired');
    expect(await sql(app, 'select email_verified_at from users where id = ?', [id])).toEqual([
      { email_verified_at: null },
    ]);
    expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
    expect(await signInCode(app, email, PASSWORD)).toBe('SecondFactorRequired');
  });
});

describe('somebody who opened the account before the owner of the address came', () => {
  test('keeps neither password, sessions, keys nor wishes, and the owner is told', async () => {
    const victim = newAddress();
    const attacker = app.client();
    await attacker.signUp({ email: victim, password: PASSWORD });
    expect((await attacker.login({ email: victim, password: PASSWORD })).errors).toEqual([]);
    const { secret } = await newApiKey(attacker);
    const mailbox = newAddress();
    await changeEmail(attacker, mailbox);
    const change = tokenIn(await lastMailTo(app, mailbox));
    await mailedReset(app, victim);

    const mailed = await mailedLogin(app, victim);
    const answer = await loginWithLink(mailed.browser, byLink(mailed));
    expect(answer.data?.['loginWithLink'].user).toMatchObject({ email: victim, emailVerified: true });

    expect((await attacker.send('{ viewer { id } }')).status).toBe(401);
    expect((await attacker.refresh()).code).toBe('SESSION_EXPIRED');
    expect(await signInCode(app, victim, PASSWORD)).toBe('INVALID_CREDENTIALS');
    expect((await confirmChange(app.client(), { token: change })).code).toBe('CHALLENGE_INVALID');
    const byKey = await app.client().send('{ viewer { id } }', {}, { authorization: `Bearer ${secret}` });
    expect(byKey.status).toBe(401);
    expect((await mailed.browser.send('{ viewer { id } }')).errors).toEqual([]);
    const subjects = (await mailsTo(app, victim)).map(({ subject }) => subject);
    expect(subjects).toContain('The first password of your Latchkey account has ended');
    expect(await auditNamesOf(await app.adminClient(), attacker.userId ?? '')).toContain(
      'password.discarded',
    );
  });

  test('who is the owner after all sets another password by mail', async () => {
    const { email } = await newPerson(app);
    const mailed = await mailedLogin(app, email);
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('LoginSucceeded');
    expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
  });

  test('once the address is proved, a link ends nothing', async () => {
    const person = await newVerifiedPerson(app);
    const other = await anotherDevice(app, person);
    const mailed = await mailedLogin(app, person.email);
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('LoginSucceeded');
    for (const client of [person.client, other]) {
      expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
    }
    expect(await signInCode(app, person.email, PASSWORD)).toBe('LoginSucceeded');
  });
});
