import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { generousLimits, verifyEmail } from '../../support/email-flows.js';
import { codeIn, lastMailTo, mailsTo, tokenIn } from '../../support/mails.js';
import { NEW_PASSWORD, reset, signInCode } from '../../support/passwords.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

const ACCEPTED = { signUp: { accepted: true, challengeId: expect.stringMatching(/^[0-9a-f-]{36}$/) } };
const usersWith = async (email: string) => await sql(app, 'select id from users where email = ?', [email]);
const signUp = async (input: object): Promise<Answer> =>
  await app
    .client()
    .send('mutation ($input: SignUpInput!) { signUp(input: $input) { accepted challengeId } }', {
      input: { password: PASSWORD, ...input },
    });

test('an account is open at once, its address unproved, and its owner is mailed the proof', async () => {
  const { client, email, id } = await newPerson(app);
  const answer = await client.send('{ viewer { user { email emailVerified status displayName } } }');
  expect(answer.data?.['viewer'].user).toEqual({
    email,
    emailVerified: false,
    status: 'ACTIVE',
    displayName: null,
  });
  const mails = await mailsTo(app, email);
  expect(mails.map(({ subject }) => subject)).toEqual(['Confirm your email address for Latchkey']);
  expect(mails[0]?.text).toContain('http://localhost:3000/account/verify-email#token=');
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names).toEqual(expect.arrayContaining(['user.created', 'sign_up.completed']));
});

test('the code of the mail proves the address together with the id of the answer, the link without it', async () => {
  const [first, second] = [newAddress(), newAddress()];
  const { data } = await signUp({ email: first });
  const code = codeIn(await lastMailTo(app, first));
  const challengeId = data?.['signUp'].challengeId;
  expect((await verifyEmail(app.client(), { challengeId, code })).errors).toEqual([]);
  await signUp({ email: second });
  const token = tokenIn(await lastMailTo(app, second));
  expect((await verifyEmail(app.client(), { token })).errors).toEqual([]);
});

test('the names and the language that somebody gives themselves are those of the account', async () => {
  const email = newAddress();
  const names = { username: ' Kettle-Owner ', displayName: ' Ada  Kettle ', locale: 'de-at' };
  expect((await signUp({ email, ...names })).errors).toEqual([]);
  const [row] = await sql(app, 'select username, display_name, locale from users where email = ?', [email]);
  expect(row).toEqual({ username: 'kettle-owner', display_name: 'Ada  Kettle', locale: 'de-AT' });
  expect((await lastMailTo(app, email)).subject).toContain('Latchkey');
  expect((await lastMailTo(app, email)).text).toContain('Stunden');
});

test.each([
  ['a displayName that breaks the line', { displayName: 'Ada\nBcc: everybody' }, 'INVALID_INPUT'],
  ['a displayName of 201 characters', { displayName: 'x'.repeat(201) }, 'INVALID_INPUT'],
  ['a language that is none', { locale: 'not a language' }, 'INVALID_INPUT'],
  ['a username that is an address', { username: 'ada@example.com' }, 'USERNAME_INVALID'],
  ['a username of two characters', { username: 'ad' }, 'USERNAME_INVALID'],
])('%s is refused, for known and unknown addresses alike', async (_, input, code) => {
  const unknown = newAddress();
  const { email: known } = await newPerson(app);
  for (const email of [unknown, known]) {
    const answer = await signUp({ email, ...input });
    expect([answer.status, answer.code]).toEqual([422, code]);
  }
  expect(await usersWith(unknown)).toEqual([]);
});

test('a known address gets the same answer, changes nothing, and its owner is told', async () => {
  const { client, email, id } = await newPerson(app);
  const answers = [
    await signUp({ email, password: 'quite another password' }),
    await signUp({ email: newAddress() }),
  ];
  for (const { status, data, errors } of answers) expect([status, data, errors]).toEqual([200, ACCEPTED, []]);
  expect(await signInCode(app, email, 'quite another password')).toBe('INVALID_CREDENTIALS');
  expect(await signInCode(app, email, PASSWORD)).toBe('LoginSucceeded');
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await lastMailTo(app, email)).subject).toBe('You already have a Latchkey account');
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('sign_up.repeated');
});

test('its owner can choose another password by the link of that mail', async () => {
  const { email } = await newPerson(app);
  await signUp({ email, password: 'quite another password' });
  expect((await reset(app.client(), tokenIn(await lastMailTo(app, email)))).errors).toEqual([]);
  expect(await signInCode(app, email, NEW_PASSWORD)).toBe('LoginSucceeded');
});

test('the id that a known address is answered with refuses codes as a real one does', async () => {
  const known = await signUp({ email: (await newPerson(app)).email });
  const fresh = await signUp({ email: newAddress() });
  const codesOf = async ({ data }: Answer) => {
    const challengeId = data?.['signUp'].challengeId;
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 7; n += 1)
      codes.push((await verifyEmail(app.client(), { challengeId, code: `${100_000 + n}` })).code);
    return codes;
  };
  const codes = await codesOf(known);
  expect(codes).toEqual(await codesOf(fresh));
  expect([codes[4], codes[5]]).toEqual(['CHALLENGE_INVALID', 'CHALLENGE_EXHAUSTED']);
});

test('one address in other letters is one account', async () => {
  const { email } = await newPerson(app);
  const spelling = `  ${email.toUpperCase().replace('@', '＠')} `;
  expect((await signUp({ email: spelling })).data).toEqual(ACCEPTED);
  expect(await usersWith(email)).toHaveLength(1);
  expect(await signInCode(app, spelling, PASSWORD)).toBe('LoginSucceeded');
});

test('of thirty sign-ups with one address at once three are accepted, and open one account', async () => {
  const email = newAddress();
  const answers = await Promise.all(Array.from({ length: 30 }, () => signUp({ email })));
  const accepted = answers.filter(({ code }) => code === undefined);
  expect(accepted.map(({ data }) => data)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'RATE_LIMITED']));
  expect(await usersWith(email)).toHaveLength(1);
  const subjects = (await mailsTo(app, email)).map(({ subject }) => subject);
  expect(subjects.toSorted()).toEqual([
    'Confirm your email address for Latchkey',
    'You already have a Latchkey account',
    'You already have a Latchkey account',
  ]);
});

test('an address is written to three times an hour at most, known or not', async () => {
  const [unknown, known] = [newAddress(), (await newPerson(app)).email];
  const codesFor = async (email: string, times: number) => {
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < times; n += 1) codes.push((await signUp({ email })).code);
    return codes;
  };
  expect(await codesFor(unknown, 4)).toEqual([undefined, undefined, undefined, 'RATE_LIMITED']);
  // Its own sign-up was the first.
  expect(await codesFor(known, 3)).toEqual([undefined, undefined, 'RATE_LIMITED']);
});

test('a password that is refused does not count against the address', async () => {
  const email = newAddress();
  for (let n = 0; n < 4; n += 1)
    expect((await signUp({ email, password: 'too short' })).code).toBe('PASSWORD_REFUSED');
  expect((await signUp({ email })).errors).toEqual([]);
});

test.each([
  ['too short', 'eleven char', 'TOO_SHORT', 'It needs at least 12 characters.'],
  ['too long', 'x'.repeat(257), 'TOO_LONG', 'It may have at most 256 characters.'],
  ['short when counted in characters', '👩‍👩‍👧'.slice(0, 8), 'TOO_SHORT', 'It needs at least 12 characters.'],
])('a password that is %s is refused with the reason', async (_, password, code, message) => {
  const email = newAddress();
  const answer = await signUp({ email, password });
  expect([answer.status, answer.code]).toEqual([422, 'PASSWORD_REFUSED']);
  expect(answer.errors[0]?.extensions['details']).toEqual({ reasons: [{ code, message }] });
  expect(await usersWith(email)).toEqual([]);
});

test('a password of 256 characters of any kind is taken', async () => {
  const email = newAddress();
  const password = Array.from({ length: 256 }, (_, n) => String.fromCodePoint(0x4e00 + n * 37)).join('');
  expect((await signUp({ email, password })).errors).toEqual([]);
  expect(await signInCode(app, email, password)).toBe('LoginSucceeded');
});

test.each(['', 'nobody', 'a@b', 'two@at@example.com', `${'x'.repeat(300)}@example.com`])(
  'the address "%s" is refused',
  async (email) => {
    const answer = await signUp({ email });
    expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
  },
);

test('an input beyond its bounds is refused without being repeated', async () => {
  const password = `secret-${'x'.repeat(2_001)}`;
  const answer = await signUp({ email: newAddress(), password });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  expect(JSON.stringify(answer.errors)).not.toContain('secret-');
  expect(answer.errors[0]?.extensions['details'].fields.map(({ field }: { field: string }) => field)).toEqual(
    ['password'],
  );
});
