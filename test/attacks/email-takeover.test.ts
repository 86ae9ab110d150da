import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import {
  addressOf,
  confirmChange,
  generousLimits,
  mailedChange,
  moveTo,
  newVerifiedPerson,
  resetPassword,
  undoChange,
} from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';

const THEIRS = 'the password of the intruder';
const MINE = 'nine quiet lamps by the river';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

async function mailedReset(email: string): Promise<string> {
  const { errors } = await app
    .client()
    .send(
      'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
      { input: { email } },
    );
  expect(errors).toEqual([]);
  return tokenIn(await lastMailTo(app, email));
}

async function signIn(email: string, password: string): Promise<Client> {
  const client = app.client();
  await client.login({ email, password });
  return client;
}

/** An intruder who has a live session moves the account to a mailbox of their own. */
async function takeover() {
  const owner = await newVerifiedPerson(app);
  const stolen = await anotherDevice(app, owner);
  const { email, undo } = await moveTo(app, stolen, owner.email);
  return { owner, stolen, email, undo };
}

test('the owner’s way back outlives a reset, a second change and a squatter, and leaves the intruder nothing', async () => {
  const { owner, email: firstMailbox, undo } = await takeover();
  // A password of their own, and with it the account once more to another mailbox.
  const reset = await resetPassword(app.client(), {
    token: await mailedReset(firstMailbox),
    newPassword: THEIRS,
  });
  expect(reset.errors).toEqual([]);
  const session = await signIn(firstMailbox, THEIRS);
  const second = await moveTo(app, session, firstMailbox);
  // Everything they can have in their hands when the owner reads the mail.
  const pendingChange = await mailedChange(app, session, newAddress());
  const pendingReset = await mailedReset(second.email);
  const squatter = app.client();
  await squatter.signUp({ email: owner.email, password: THEIRS });
  await squatter.login({ email: owner.email, password: THEIRS });

  const undone = await undoChange(app.client(), undo);
  expect(undone.data).toEqual({ undoEmailChange: { email: owner.email } });

  expect(await addressOf(session)).toBe('SESSION_EXPIRED');
  expect((await session.refresh()).code).toBe('SESSION_EXPIRED');
  expect(await addressOf(squatter)).toBe('SESSION_EXPIRED');
  const redo = [
    await confirmChange(app.client(), { token: pendingChange.token }),
    await resetPassword(app.client(), { token: pendingReset, newPassword: THEIRS }),
    await undoChange(app.client(), second.undo),
    await undoChange(app.client(), undo),
  ];
  expect(redo.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'CHALLENGE_INVALID'));
  for (const email of [owner.email, firstMailbox, second.email]) {
    for (const password of [THEIRS, PASSWORD]) {
      expect((await app.client().login({ email, password })).code).toBe('INVALID_CREDENTIALS');
    }
  }
  // The owner, who was mailed a link, is the only one who gets in.
  const token = tokenIn(await lastMailTo(app, owner.email));
  expect((await resetPassword(app.client(), { token, newPassword: MINE })).errors).toEqual([]);
  const back = await signIn(owner.email, MINE);
  expect(await addressOf(back)).toEqual({ email: owner.email, emailVerified: true });
  expect(back.userId).toBe(owner.id);
});

test('an intruder who takes back their own second change does not take the owner’s way back with it', async () => {
  const { owner, stolen, email: firstMailbox, undo } = await takeover();
  const second = await moveTo(app, stolen, firstMailbox);
  expect((await undoChange(app.client(), second.undo)).data).toEqual({
    undoEmailChange: { email: firstMailbox },
  });
  expect((await undoChange(app.client(), undo)).data).toEqual({ undoEmailChange: { email: owner.email } });
  expect((await app.client().login({ email: firstMailbox, password: PASSWORD })).code).toBe(
    'INVALID_CREDENTIALS',
  );
});

test('who undoes and who confirms at the same moment: the owner has the account in the end', async () => {
  for (let n = 0; n < 5; n += 1) {
    const { owner, stolen, undo } = await takeover();
    const pending = await mailedChange(app, stolen, newAddress());
    await Promise.all([
      undoChange(app.client(), undo),
      confirmChange(app.client(), { token: pending.token }),
      ...Array.from({ length: 3 }, async () => await stolen.refresh()),
    ]);
    const [row] = await sql(app, 'select email from users where id = ?', [owner.id]);
    expect(row).toEqual({ email: owner.email });
    expect(await addressOf(stolen)).toBe('SESSION_EXPIRED');
    const [alive] = await sql(
      app,
      'select count(*)::int as n from sessions where user_id = ? and revoked_at is null',
      [owner.id],
    );
    expect(alive).toEqual({ n: 0 });
  }
});

test('an intruder who signs in with the old password while the owner undoes gets no session that lasts', async () => {
  for (let n = 0; n < 5; n += 1) {
    const { owner, email, undo } = await takeover();
    const [, intruder] = await Promise.all([undoChange(app.client(), undo), signIn(email, PASSWORD)]);
    const [alive] = await sql(
      app,
      'select count(*)::int as n from sessions where user_id = ? and revoked_at is null',
      [owner.id],
    );
    expect(alive).toEqual({ n: 0 });
    if (intruder.accessToken) expect(await addressOf(intruder)).toBe('SESSION_EXPIRED');
  }
});

test('a session that was ended cannot finish the change that it began', async () => {
  const owner = await newVerifiedPerson(app);
  const stolen = await anotherDevice(app, owner);
  const { token } = await mailedChange(app, stolen, newAddress());
  await owner.client.send('mutation { revokeOtherSessions { revokedCount } }');
  expect((await confirmChange(app.client(), { token })).code).toBe('CHALLENGE_INVALID');
  expect(await addressOf(owner.client)).toEqual({ email: owner.email, emailVerified: true });
});
