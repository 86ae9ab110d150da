import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newAddress, newPerson, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import {
  addressOf,
  confirmChange,
  generousLimits,
  type Mailed,
  mailedChange,
  mailedVerification,
  newVerifiedPerson,
  type ProofInput,
  verifyEmail,
} from '../../support/email-flows.js';
import { lastMailTo, mailsTo } from '../../support/mails.js';

const HOUR = 3600;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const ways: readonly [way: string, proof: (mailed: Mailed) => ProofInput][] = [
  ['the link', ({ token }) => ({ token })],
  ['the code', ({ challengeId, code }) => ({ challengeId, code })],
];

describe.each(ways)('%s of the mail', (_way, proofOf) => {
  test('gives the account its new address, proved, once', async () => {
    const { client, email, id } = await newPerson(app);
    const newEmail = newAddress();
    const mailed = await mailedChange(app, client, newEmail);
    const answer = await confirmChange(client, proofOf(mailed));
    expect([answer.status, answer.data]).toEqual([200, { confirmEmailChange: { email: newEmail } }]);
    expect(await addressOf(client)).toEqual({ email: newEmail, emailVerified: true });
    expect((await client.send('{ viewer { email } }')).data).toEqual({ viewer: { email: newEmail } });
    expect((await confirmChange(client, proofOf(mailed))).code).toBe('CHALLENGE_INVALID');
    expect((await app.client().login({ email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS');
    expect((await app.client().login({ email: newEmail, password: PASSWORD })).errors).toEqual([]);
    expect(await auditNamesOf(await app.adminClient(), id)).toContain('email.changed');
  });

  test('succeeds for exactly one of thirty at once', async () => {
    const { client, id } = await newPerson(app);
    const mailed = await mailedChange(app, client, newAddress());
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => await confirmChange(client, proofOf(mailed))),
    );
    const codes = answers.map(({ code }) => code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set(codes.filter((code) => code !== undefined))).toEqual(new Set(['CHALLENGE_INVALID']));
    const names = await auditNamesOf(await app.adminClient(), id);
    expect(names.filter((name) => name === 'email.changed')).toHaveLength(1);
  });

  test('is good for 24 hours, and ends with the next wish', async () => {
    const person = await newPerson(app);
    const first = await mailedChange(app, person.client, newAddress());
    const second = await mailedChange(app, person.client, newAddress());
    expect((await confirmChange(person.client, proofOf(first))).code).toBe('CHALLENGE_INVALID');
    clock.advance(24 * HOUR + 1);
    const late = await anotherDevice(app, person);
    expect((await confirmChange(late, proofOf(second))).code).toBe('CHALLENGE_EXPIRED');
  });

  test('is refused with EMAIL_TAKEN when somebody signed up with the address meanwhile', async () => {
    const { client, email } = await newPerson(app);
    const newEmail = newAddress();
    const mailed = await mailedChange(app, client, newEmail);
    expect((await app.client().signUp({ email: newEmail, password: PASSWORD })).errors).toEqual([]);
    const answer = await confirmChange(client, proofOf(mailed));
    expect([answer.status, answer.code]).toEqual([409, 'EMAIL_TAKEN']);
    expect(await addressOf(client)).toEqual({ email, emailVerified: false });
  });
});

test('the link works wherever it is opened; the code only for the user who asked', async () => {
  const [owner, stranger] = [await newPerson(app), await newPerson(app)];
  const { challengeId, code, token } = await mailedChange(app, owner.client, newAddress());
  const foreign = await confirmChange(stranger.client, { challengeId, code });
  expect([foreign.status, foreign.code]).toEqual([422, 'CHALLENGE_INVALID']);
  const anonymous = await confirmChange(app.client(), { challengeId, code });
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
  expect((await confirmChange(stranger.client, { token })).errors).toEqual([]);
  expect(await addressOf(stranger.client)).toEqual({ email: stranger.email, emailVerified: false });
});

test('two accounts that were both promised one address: exactly one gets it', async () => {
  const newEmail = newAddress();
  const people = [await newPerson(app), await newPerson(app), await newPerson(app)];
  const tokens = [];
  for (const { client } of people) tokens.push((await mailedChange(app, client, newEmail)).token);
  const answers = await Promise.all(
    tokens.map(async (token) => await confirmChange(app.client(), { token })),
  );
  const codes = answers.map(({ code }) => code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(codes.filter((code) => code === 'EMAIL_TAKEN')).toHaveLength(2);
});

test('the session that asked goes on, every other one ends', async () => {
  const person = await newPerson(app);
  const others = [await anotherDevice(app, person), await anotherDevice(app, person)];
  const newEmail = newAddress();
  const { token } = await mailedChange(app, person.client, newEmail);
  expect((await confirmChange(app.client(), { token })).errors).toEqual([]);
  expect(await addressOf(person.client)).toEqual({ email: newEmail, emailVerified: true });
  for (const other of others) {
    expect(await addressOf(other)).toBe('SESSION_EXPIRED');
    expect((await other.refresh()).code).toBe('SESSION_EXPIRED');
  }
});

test('a wish ends with the session that had it, unless that one just signed out', async () => {
  const person = await newPerson(app);
  const intruder = await anotherDevice(app, person);
  const first = await mailedChange(app, intruder, newAddress());
  await person.client.send('mutation { revokeOtherSessions { revokedCount } }');
  expect((await confirmChange(app.client(), { token: first.token })).code).toBe('CHALLENGE_INVALID');
  expect(await addressOf(person.client)).toEqual({ email: person.email, emailVerified: false });
  const second = await mailedChange(app, person.client, newAddress());
  await person.client.send('mutation { logout { ok } }');
  expect((await confirmChange(app.client(), { token: second.token })).errors).toEqual([]);
});

test('the former address is told, with a masked new one and a link to take the change back', async () => {
  const { client, email } = await newVerifiedPerson(app);
  const newEmail = `moved-${newAddress()}`;
  const { token } = await mailedChange(app, client, newEmail);
  await confirmChange(app.client(), { token });
  const mail = await lastMailTo(app, email);
  expect(mail.text).toContain('http://localhost:3000/account/undo-email-change#token=');
  expect(mail.text).toContain('m•••@example.com');
  expect(mail.text).not.toContain(newEmail);
  expect(await mailsTo(app, newEmail)).toHaveLength(1);
});

test('what was pending for the former address ends', async () => {
  const { client, email } = await newPerson(app);
  const pending = await mailedVerification(app, email);
  const { token } = await mailedChange(app, client, newAddress());
  await confirmChange(app.client(), { token });
  const { challengeId, code } = pending;
  expect((await verifyEmail(app.client(), { token: pending.token })).code).toBe('CHALLENGE_INVALID');
  expect((await verifyEmail(app.client(), { challengeId, code })).code).toBe('CHALLENGE_INVALID');
});

test.each([{}, { token: 'x', code: '1' }, { code: '123456' }])(
  'neither way, or both, is refused: %o',
  async (input) => expect((await confirmChange(app.client(), input)).code).toBe('INVALID_INPUT'),
);
