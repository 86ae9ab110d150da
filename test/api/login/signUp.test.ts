import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const usersWith = async (email: string) => await sql(app, 'select id from users where email = ?', [email]);
const mailsTo = (email: string) => app.mailbox.messages(email);

test('an account is open at once, its address unproved, and its owner is written to', async () => {
  const { client, email, id } = await newPerson(app);
  const answer = await client.send('{ viewer { user { email emailVerified status displayName } } }');
  expect(answer.data?.['viewer'].user).toEqual({
    email,
    emailVerified: false,
    status: 'ACTIVE',
    displayName: null,
  });
  expect(mailsTo(email).map(({ subject }) => subject)).toEqual(['Your new account']);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('user.created');
});

test('a known address gets the same answer, changes nothing, and its owner is told', async () => {
  const { email, id } = await newPerson(app);
  const known = await app.client().signUp({ email, password: 'quite another password' });
  const fresh = await app.client().signUp({ email: newAddress(), password: PASSWORD });
  expect([known.status, known.data, known.errors]).toEqual([fresh.status, fresh.data, fresh.errors]);
  expect((await app.client().login({ email, password: 'quite another password' })).code).toBe(
    'INVALID_CREDENTIALS',
  );
  expect((await app.client().login({ email, password: PASSWORD })).errors).toEqual([]);
  expect(mailsTo(email).map(({ subject }) => subject)).toContain('You already have an account');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('sign_up.repeated');
});

test('one address in other letters is one account', async () => {
  const { email } = await newPerson(app);
  const spelling = `  ${email.toUpperCase().replace('@', '＠')} `;
  expect((await app.client().signUp({ email: spelling, password: PASSWORD })).data).toEqual({
    signUp: { accepted: true },
  });
  expect(await usersWith(email)).toHaveLength(1);
  expect((await app.client().login({ email: spelling, password: PASSWORD })).errors).toEqual([]);
});

test('ten sign-ups with one address at the same moment open one account and all get the same answer', async () => {
  const email = newAddress();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => app.client().signUp({ email, password: PASSWORD })),
  );
  for (const { status, data } of answers)
    expect([status, data]).toEqual([200, { signUp: { accepted: true } }]);
  expect(await usersWith(email)).toHaveLength(1);
});

test.each([
  ['too short', 'eleven char', 'TOO_SHORT', 'It needs at least 12 characters.'],
  ['too long', 'x'.repeat(257), 'TOO_LONG', 'It may have at most 256 characters.'],
  ['short when counted in characters', '👩‍👩‍👧'.slice(0, 8), 'TOO_SHORT', 'It needs at least 12 characters.'],
])('a password that is %s is refused with the reason', async (_, password, code, message) => {
  const email = newAddress();
  const answer = await app.client().signUp({ email, password });
  expect([answer.status, answer.code]).toEqual([422, 'PASSWORD_REFUSED']);
  expect(answer.errors[0]?.extensions['details']).toEqual({ reasons: [{ code, message }] });
  expect(await usersWith(email)).toEqual([]);
});

test('a password of 256 characters of any kind is taken', async () => {
  const email = newAddress();
  const password = '鍵 '.repeat(128);
  expect((await app.client().signUp({ email, password })).errors).toEqual([]);
  expect((await app.client().login({ email, password })).errors).toEqual([]);
});

test.each(['', 'nobody', 'a@b', 'two@at@example.com', `${'x'.repeat(300)}@example.com`])(
  'the address "%s" is refused',
  async (email) => {
    const answer = await app.client().signUp({ email, password: PASSWORD });
    expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
  },
);

test('an input beyond its bounds is refused without being repeated', async () => {
  const password = `secret-${'x'.repeat(2_001)}`;
  const answer = await app.client().signUp({ email: newAddress(), password });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  expect(JSON.stringify(answer.errors)).not.toContain('secret-');
  expect(answer.errors[0]?.extensions['details'].fields.map(({ field }: { field: string }) => field)).toEqual(
    ['password'],
  );
});

test('a closed registration opens no account', async () => {
  const closed = await startTestApp({ config: { registration: { enabled: false } } });
  try {
    const answer = await closed.client().signUp({ email: newAddress(), password: PASSWORD });
    expect([answer.status, answer.code]).toEqual([403, 'REGISTRATION_DISABLED']);
  } finally {
    await closed.close();
  }
});

test('a network that has asked for its share of accounts must wait, and is told how long', async () => {
  const strict = await startTestApp({ config: { rateLimits: { signUpsPerHour: 2 } } });
  try {
    const signUp = async () => await strict.client().signUp({ email: newAddress(), password: PASSWORD });
    expect([(await signUp()).status, (await signUp()).status]).toEqual([200, 200]);
    const third = await signUp();
    expect([third.status, third.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(third.errors[0]?.extensions['retryAfter']).toBe(Number(third.headers.get('retry-after')));
  } finally {
    await strict.close();
  }
});
