// Somebody has the mail of another, or one of another time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { changed } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import type { Client } from '../support/client.js';
import { moveTo, newVerifiedPerson } from '../support/email-flows.js';
import {
  byCode,
  byLink,
  loginLinksOn,
  loginWithLinkCode,
  mailedLogin,
  requestLoginLink,
} from '../support/login-links.js';
import { codeIn, lastMailTo, tokenIn } from '../support/mails.js';
import { mailedReset, reset } from '../support/passwords.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { ...loginLinksOn, lockout: { threshold: 1_000 } } });
});
afterAll(async () => await app.close());

describe('a stolen mail', () => {
  test('opens nothing by its link in another browser, and stays good in the one that asked', async () => {
    const { id, email } = await newVerifiedPerson(app);
    const mailed = await mailedLogin(app, email);
    const thief = new Browser(app.url);
    const known = new Browser(app.url);
    await known.signIn({ email: (await newPerson(app)).email, password: PASSWORD });
    expect(known.cookie('device')).toBeDefined();
    for (const browser of [thief, known, app.client()]) {
      expect(await loginWithLinkCode(browser, byLink(mailed))).toBe('LOGIN_LINK_ELSEWHERE');
      expect(await loginWithLinkCode(browser, { ...byLink(mailed), transport: 'TOKEN' })).toBe(
        'LOGIN_LINK_ELSEWHERE',
      );
    }
    expect(await auditNamesOf(await app.adminClient(), id)).toContain('login_link.refused');
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('LoginSucceeded');
  });

  test('opens nothing by its code with the id of another request', async () => {
    const { email } = await newVerifiedPerson(app);
    const mailed = await mailedLogin(app, email);
    const { data } = await requestLoginLink(new Browser(app.url), email);
    const { challengeId } = data?.['requestLoginLink'] ?? {};
    expect(challengeId).not.toBe(mailed.challengeId);
    const stolen = { challengeId, code: mailed.code };
    expect(await loginWithLinkCode(app.client(), stolen)).toBe('INVALID_CREDENTIALS');
    expect(await loginWithLinkCode(mailed.browser, byCode(mailed))).toBe('LoginSucceeded');
  });

  test('of an attacker’s own making signs nobody into the attacker’s account', async () => {
    const attacker = await newVerifiedPerson(app);
    const mailed = await mailedLogin(app, attacker.email);
    const victim = new Browser(app.url);
    await victim.signIn({ email: (await newPerson(app)).email, password: PASSWORD });
    expect(await loginWithLinkCode(victim, { ...byLink(mailed), transport: 'COOKIE' })).toBe(
      'LOGIN_LINK_ELSEWHERE',
    );
  });

  test('asked for over a websocket, where no browser can be told again, has a code alone that works', async () => {
    const { email } = await newVerifiedPerson(app);
    const [answer] = await overSocket(app.client(), email);
    const mail = await lastMailTo(app, email);
    const [token, digits] = [tokenIn(mail), codeIn(mail)];
    expect(await loginWithLinkCode(app.client(), { token })).toBe('LOGIN_LINK_ELSEWHERE');
    expect(await loginWithLinkCode(new Browser(app.url), { token })).toBe('LOGIN_LINK_ELSEWHERE');
    expect(await loginWithLinkCode(app.client(), { challengeId: answer, code: digits })).toBe(
      'LoginSucceeded',
    );
  });

  test('somebody else’s request does not end the mail that the owner waits for, a newer one of theirs does', async () => {
    const { email } = await newVerifiedPerson(app);
    const mailed = await mailedLogin(app, email);
    await mailedLogin(app, email);
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('LoginSucceeded');
    const older = await mailedLogin(app, email);
    const newer = await mailedLogin(app, email, older.browser);
    expect(await loginWithLinkCode(older.browser, byLink(older))).toBe('CHALLENGE_INVALID');
    expect(await loginWithLinkCode(older.browser, byCode(older))).toBe('CHALLENGE_INVALID');
    expect(await loginWithLinkCode(newer.browser, byLink(newer))).toBe('LoginSucceeded');
  });
});

describe('a mail of before is worth nothing', () => {
  test.each([
    ['a change of address', async ({ client, email }: Owner) => void (await moveTo(app, client, email))],
    [
      'a password reset',
      async ({ email }: Owner) => void (await reset(app.client(), await mailedReset(app, email))),
    ],
    ['a deactivation', async ({ id }: Owner) => await closed(id)],
    [
      'a deactivation that was taken back',
      async ({ id }: Owner) => {
        await closed(id);
        await changed(await app.adminClient(), 'reactivateUser', { userId: id });
      },
    ],
    [
      'a deletion',
      async ({ id }: Owner) => void (await changed(await app.adminClient(), 'deleteUser', { userId: id })),
    ],
    [
      'a change of address by an admin',
      async ({ id }: Owner) =>
        void (await changed(await app.adminClient(), 'updateUser', { userId: id, email: newAddress() })),
    ],
  ])('after %s', async (_what, happens) => {
    const owner = await newVerifiedPerson(app);
    const mailed = await mailedLogin(app, owner.email);
    await happens(owner);
    const sessions = async () => await sql(app, 'select id from sessions where user_id = ?', [owner.id]);
    const before = await sessions();
    expect(await loginWithLinkCode(mailed.browser, byLink(mailed))).toBe('CHALLENGE_INVALID');
    expect(await loginWithLinkCode(mailed.browser, byCode(mailed))).toBe('CHALLENGE_INVALID');
    expect(await sessions()).toEqual(before);
  });

  test('also where the row of the mail has outlived the change', async () => {
    const owner = await newVerifiedPerson(app);
    for (const proof of [byLink, byCode]) {
      const mailed = await mailedLogin(app, owner.email);
      const other = newAddress();
      await sql(app, 'update users set email = ? where id = ?', [other, owner.id]);
      expect(await loginWithLinkCode(mailed.browser, proof(mailed))).toBe('INVALID_CREDENTIALS');
      // Not even if somebody else has the address by now.
      const heir = await newPerson(app);
      await sql(app, 'update users set email = ? where id = ?', [owner.email, heir.id]);
      const another = await mailedLogin(app, owner.email);
      await sql(app, "update challenges set subject = ? where subject = ? and purpose like 'login_link%'", [
        owner.id,
        heir.id,
      ]);
      expect(await loginWithLinkCode(another.browser, proof(another))).toBe('INVALID_CREDENTIALS');
      await sql(app, 'update users set email = ? where id = ?', [newAddress(), heir.id]);
      await sql(app, 'update users set email = ? where id = ?', [owner.email, owner.id]);
    }
  });
});

type Owner = { readonly client: Client; readonly id: string; readonly email: string };

async function closed(userId: string): Promise<void> {
  await changed(await app.adminClient(), 'deactivateUser', { userId });
}

/** Asks over a websocket; the id that asking gave. */
async function overSocket(client: Client, email: string): Promise<string[]> {
  const socket = client.socket(null);
  const query = `mutation { requestLoginLink(input: { email: "${email}" }) { challengeId } }`;
  const ids: string[] = [];
  for await (const { data, errors } of socket.iterate<{ requestLoginLink: { challengeId: string } }>({
    query,
  })) {
    expect(errors).toBeUndefined();
    ids.push(data?.requestLoginLink.challengeId ?? '');
  }
  await socket.dispose();
  return ids;
}
