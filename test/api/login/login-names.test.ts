import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on LoginSucceeded { user { email } } } }`;
const login = async (input: object): Promise<Answer> => await app.client().send(LOGIN, { input });
const codeOf = async (input: object): Promise<string> => (await login(input)).code ?? 'none';

/** An account with both names, to which nobody has signed in from here. */
async function account(): Promise<{ email: string; username: string; id: string }> {
  const [email, username] = [newAddress(), `u-${randomBytes(6).toString('hex')}`];
  const answer = await app
    .client()
    .send('mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }', {
      input: { email, username, password: PASSWORD },
    });
  expect(answer.errors).toEqual([]);
  const [row] = await sql(app, 'select id from users where email = ?', [email]);
  return { email, username, id: String(row?.['id']) };
}

test('either name and the password sign in, in whatever letters', async () => {
  const { email, username } = await account();
  for (const name of [{ email }, { username }, { username: ` ${username.toUpperCase()} ` }]) {
    const { data, errors } = await login({ ...name, password: PASSWORD });
    expect(errors, JSON.stringify(name)).toEqual([]);
    expect(data?.['login']).toEqual({ __typename: 'LoginSucceeded', user: { email } });
  }
});

test('a name in the wrong place is nobody’s', async () => {
  const { email, username } = await account();
  expect(await codeOf({ email: username, password: PASSWORD })).toBe('INVALID_CREDENTIALS');
  expect(await codeOf({ username: email, password: PASSWORD })).toBe('INVALID_CREDENTIALS');
});

test('exactly one name is given', async () => {
  const { email, username } = await account();
  const inputs = [{}, { email, username }, { email: null, username: null }];
  for (const input of inputs) {
    const answer = await login({ ...input, password: PASSWORD });
    expect([answer.status, answer.code, answer.data]).toEqual([422, 'INVALID_INPUT', null]);
  }
});

test('both names share one lockout, which counts failures with either', async () => {
  const { email, username } = await account();
  for (let n = 0; n < 3; n += 1) await codeOf({ email, password: 'wrong' });
  for (let n = 0; n < 2; n += 1) await codeOf({ username, password: 'wrong' });
  for (const name of [{ email }, { username }]) {
    expect(await codeOf({ ...name, password: PASSWORD })).toBe('TOO_MANY_ATTEMPTS');
  }
  clock.advance(30);
  expect(await codeOf({ username, password: PASSWORD })).toBe('none');
});

test('nobody is locked out by a name that looks like that of their counter', async () => {
  const { email, id } = await account();
  for (const name of [{ email: `user:${id}` }, { username: `user:${id}` }, { email: id }, { username: id }]) {
    for (let n = 0; n < 6; n += 1) await codeOf({ ...name, password: 'wrong' });
  }
  expect(await codeOf({ email, password: PASSWORD })).toBe('none');
});

test('an unknown username is answered and locked as a known one is', async () => {
  const { username } = await account();
  const codes = async (name: string) => {
    const seen: string[] = [];
    for (let n = 0; n < 7; n += 1) seen.push(await codeOf({ username: name, password: 'wrong' }));
    return seen;
  };
  expect(await codes(`u-${randomBytes(6).toString('hex')}`)).toEqual(await codes(username));
});

test('a failure with the username is in the history of its account', async () => {
  const { username, id } = await account();
  await codeOf({ username, password: 'wrong' });
  const rows = await sql(
    app,
    `select p.facts ->> 'account' as account, e.subject_id, p.user_id from audit_events e
     join audit_personal p on p.event_id = e.id where e.name = 'login.failed' and e.user_id = ?`,
    [id],
  );
  expect(rows).toEqual([{ account: username, subject_id: id, user_id: id }]);
});

test.each(['deactivated', 'deleted'])(
  'a %s account is answered as an unknown one, under either name',
  async (status) => {
    const { email, username, id } = await account();
    await sql(app, 'update users set status = ? where id = ?', [status, id]);
    const answers = [
      await login({ email, password: PASSWORD }),
      await login({ username, password: PASSWORD }),
      await login({ email: newAddress(), password: PASSWORD }),
    ];
    for (const { status: http, code, data } of answers)
      expect([http, code, data]).toEqual([401, 'INVALID_CREDENTIALS', null]);
    expect(await sql(app, 'select id from sessions where user_id = ?', [id])).toEqual([]);
  },
);
