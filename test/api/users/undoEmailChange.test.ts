import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, auditNamesOf, newAddress, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import {
  addressOf,
  confirmChange,
  generousLimits,
  mailedChange,
  mailedVerification,
  moveTo,
  newVerifiedPerson,
  resetPassword,
  undoChange,
  verifyEmail,
} from '../../support/email-flows.js';
import { lastMailTo, tokenIn } from '../../support/mails.js';

const HOUR = 3600;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

async function standing(id: string): Promise<unknown> {
  const [row] = await sql(
    app,
    'select email, email_verified_at is not null as verified, status from users where id = ?',
    [id],
  );
  return row;
}

test('the former address is back and proved, and every session has ended', async () => {
  const person = await newVerifiedPerson(app);
  const other = await anotherDevice(app, person);
  const { undo } = await moveTo(app, person.client, person.email);
  const answer = await undoChange(app.client(), undo);
  expect([answer.status, answer.data]).toEqual([200, { undoEmailChange: { email: person.email } }]);
  expect(await standing(person.id)).toEqual({ email: person.email, verified: true, status: 'active' });
  expect(await addressOf(person.client)).toBe('SESSION_EXPIRED');
  expect(await addressOf(other)).toBe('SESSION_EXPIRED');
  const names = await auditNamesOf(await app.adminClient(), person.id);
  expect(names.filter((name) => name === 'email.changed')).toHaveLength(2);
});

test('the password, which somebody else may know, works no more, and the owner is mailed a link to choose another', async () => {
  const person = await newVerifiedPerson(app);
  const moved = await moveTo(app, person.client, person.email);
  expect((await undoChange(app.client(), moved.undo)).errors).toEqual([]);
  for (const email of [person.email, moved.email]) {
    const answer = await app.client().login({ email, password: PASSWORD });
    expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  }
  const mail = await lastMailTo(app, person.email);
  expect(mail.text).toContain('http://localhost:3000/account/reset-password#token=');
  const newPassword = 'nine quiet lamps by the river';
  const reset = await resetPassword(app.client(), { token: tokenIn(mail), newPassword });
  expect(reset.errors).toEqual([]);
  expect((await app.client().login({ email: person.email, password: newPassword })).errors).toEqual([]);
});

test('the link works once, of thirty at once too, and for 72 hours', async () => {
  const person = await newVerifiedPerson(app);
  const { undo } = await moveTo(app, person.client, person.email);
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => await undoChange(app.client(), undo)),
  );
  const codes = answers.map(({ code }) => code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  expect(new Set(codes.filter((code) => code !== undefined))).toEqual(new Set(['CHALLENGE_INVALID']));

  const inTime = await newVerifiedPerson(app);
  const first = await moveTo(app, inTime.client, inTime.email);
  clock.advance(72 * HOUR - 1);
  expect((await undoChange(app.client(), first.undo)).errors).toEqual([]);
  const late = await newVerifiedPerson(app);
  const second = await moveTo(app, late.client, late.email);
  clock.advance(72 * HOUR + 1);
  expect((await undoChange(app.client(), second.undo)).code).toBe('CHALLENGE_EXPIRED');
});

test('somebody who has proved meanwhile that the address is theirs keeps it, and the link stays good', async () => {
  const person = await newVerifiedPerson(app);
  const { email, undo } = await moveTo(app, person.client, person.email);
  await app.client().signUp({ email: person.email, password: PASSWORD });
  const { token } = await mailedVerification(app, person.email);
  expect((await verifyEmail(app.client(), { token })).errors).toEqual([]);
  const answer = await undoChange(app.client(), undo);
  expect([answer.status, answer.code]).toEqual([409, 'EMAIL_TAKEN']);
  expect(await standing(person.id)).toEqual({ email, verified: true, status: 'active' });
  expect(await addressOf(person.client)).toEqual({ email, emailVerified: true });
  await sql(app, 'update users set email = ? where email = ?', [newAddress(), person.email]);
  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
});

test('an account opened with the address meanwhile that never proved it gives way, and an admin can restore it', async () => {
  const person = await newVerifiedPerson(app);
  const { undo } = await moveTo(app, person.client, person.email);
  const squatter = app.client();
  await squatter.signUp({ email: person.email, password: PASSWORD });
  await squatter.login({ email: person.email, password: PASSWORD });
  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
  expect(await standing(person.id)).toMatchObject({ email: person.email, status: 'active' });
  expect(await addressOf(squatter)).toBe('SESSION_EXPIRED');
  const [row] = await sql(app, "select status, former_email from users where email like '%@deleted.invalid'");
  expect(row).toEqual({ status: 'deleted', former_email: person.email });
});

test.each(['deactivated', 'deleted'])('of a %s account nothing is put back', async (status) => {
  const person = await newVerifiedPerson(app);
  const { undo, email } = await moveTo(app, person.client, person.email);
  await sql(app, 'update users set status = ? where id = ?', [status, person.id]);
  expect((await undoChange(app.client(), undo)).code).toBe('CHALLENGE_INVALID');
  expect(await standing(person.id)).toMatchObject({ email, status });
});

test('another change that was asked for ends with it', async () => {
  const person = await newVerifiedPerson(app);
  const { undo } = await moveTo(app, person.client, person.email);
  const pending = await mailedChange(app, person.client, newAddress());
  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
  expect((await confirmChange(app.client(), { token: pending.token })).code).toBe('CHALLENGE_INVALID');
});

test.each(['', 'x', '0'.repeat(43)])('nobody’s token "%s" is refused', async (token) => {
  const answer = await undoChange(app.client(), token);
  expect([answer.status, answer.code]).toEqual([422, 'CHALLENGE_INVALID']);
});
