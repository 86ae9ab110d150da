import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { mailsTo } from '../../support/mails.js';
import { mailedReset, NEW_PASSWORD, requestReset, reset, signInCode } from '../../support/passwords.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: { signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 } } });
});
afterAll(async () => await app.close());

test('mails a link to the page of the configured address, in the language of the owner, and is audited', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, "update users set locale = 'de-AT' where id = ?", [id]);
  const answer = await requestReset(app.client(), email);
  expect([answer.status, answer.data]).toEqual([200, { requestPasswordReset: { accepted: true } }]);
  const mail = (await mailsTo(app, email)).at(-1);
  expect(mail?.text).toContain('http://localhost:3000/account/reset-password#token=');
  expect(mail?.subject).toContain('Passwort');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('password_reset.requested');
});

test('an address in other letters is the same address', async () => {
  const { email } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  expect((await requestReset(app.client(), ` ${email.toUpperCase().replace('@', '＠')} `)).errors).toEqual(
    [],
  );
  expect(await mailsTo(app, email)).toHaveLength(before + 1);
});

test('an address that nobody has is answered alike, and nobody is written to', async () => {
  const unknown = newAddress();
  const answer = await requestReset(app.client(), unknown);
  expect([answer.status, answer.data]).toEqual([200, { requestPasswordReset: { accepted: true } }]);
  expect(await mailsTo(app, unknown)).toEqual([]);
});

test.each(['deactivated', 'deleted'])('the owner of a %s account gets no link', async (status) => {
  const { email, id } = await newPerson(app);
  await sql(app, 'update users set status = ? where id = ?', [status, id]);
  const before = (await mailsTo(app, email)).length;
  expect((await requestReset(app.client(), email)).data).toEqual({
    requestPasswordReset: { accepted: true },
  });
  expect(await mailsTo(app, email)).toHaveLength(before);
});

test('somebody without a password gets a link that sets one', async () => {
  const { email, id } = await newPerson(app);
  await sql(app, 'delete from passwords where user_id = ?', [id]);
  expect((await reset(app.client(), await mailedReset(app, email))).errors).toEqual([]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('nothing changes by asking: the password opens the account, and the sessions live', async () => {
  const { client, email } = await newPerson(app);
  await mailedReset(app, email);
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
});

test.each(['known', 'unknown'])(
  'a second request within a minute for a %s address must wait',
  async (kind) => {
    const email = kind === 'known' ? (await newPerson(app)).email : newAddress();
    expect((await requestReset(app.client(), email)).errors).toEqual([]);
    const second = await requestReset(app.client(), email);
    expect([second.status, second.code, second.data]).toEqual([429, 'RATE_LIMITED', null]);
    const seconds = Number(second.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  },
);

test('of thirty requests at once for one address, one is mailed', async () => {
  const { email } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  const answers = await Promise.all(Array.from({ length: 30 }, () => requestReset(app.client(), email)));
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
  expect(await mailsTo(app, email)).toHaveLength(before + 1);
});

test('a network that has asked for its share of mails must wait', async () => {
  const strict = await startTestApp({ config: { rateLimits: { mailRequestsPerHour: 2 } } });
  try {
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) codes.push((await requestReset(strict.client(), newAddress())).code);
    expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED']);
  } finally {
    await strict.close();
  }
});

test.each(['', 'nobody', 'a@b', 'x'.repeat(2_000)])('"%s" is no address', async (email) => {
  const answer = await requestReset(app.client(), email);
  expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
});

test('the token is in the mail alone: not in the database, neither in clear nor encoded', async () => {
  const { email } = await newPerson(app);
  const token = await mailedReset(app, email);
  const rows = JSON.stringify([
    await sql(app, 'select * from challenges'),
    await sql(app, 'select * from audit_events'),
    await sql(app, 'select * from audit_personal'),
    await sql(app, 'select * from outgoing_mails'),
  ]);
  for (const form of [
    token,
    Buffer.from(token).toString('hex'),
    Buffer.from(token, 'base64url').toString('hex'),
  ]) {
    expect(rows).not.toContain(form);
  }
});
