import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits, mailedVerification } from '../../support/email-flows.js';
import { mailedReset, reset, resetStatus } from '../../support/passwords.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(async () => await app.close());

test('a link is valid for an hour, however often one looks, and still works then', async () => {
  const token = await mailedReset(app, (await newPerson(app)).email);
  for (let n = 0; n < 10; n += 1) expect(await resetStatus(app.client(), token)).toBe('VALID');
  clock.advance(3599);
  expect(await resetStatus(app.client(), token)).toBe('VALID');
  expect((await reset(app.client(), token)).errors).toEqual([]);
  expect(await resetStatus(app.client(), token)).toBe('INVALID');
});

test('after the hour it has expired', async () => {
  const token = await mailedReset(app, (await newPerson(app)).email);
  clock.advance(3600);
  expect(await resetStatus(app.client(), token)).toBe('EXPIRED');
});

test('a link that a newer one has replaced is invalid', async () => {
  const { email } = await newPerson(app);
  const first = await mailedReset(app, email);
  const second = await mailedReset(app, email);
  expect([await resetStatus(app.client(), first), await resetStatus(app.client(), second)]).toEqual([
    'INVALID',
    'VALID',
  ]);
});

test('a link of an account that was closed, or moved to another address, is invalid', async () => {
  for (const change of ["status = 'deactivated'", "status = 'deleted'", "email = 'moved-' || email"]) {
    const { email, id } = await newPerson(app);
    const token = await mailedReset(app, email);
    await sql(app, `update users set ${change} where id = ?`, [id]);
    expect(await resetStatus(app.client(), token), change).toBe('INVALID');
  }
});

test('what was never a reset link is invalid, the link of another purpose included', async () => {
  const { email } = await newPerson(app);
  const { token: ofVerification } = await mailedVerification(app, email);
  for (const token of [
    '',
    'x',
    'x'.repeat(43),
    'x'.repeat(2_000),
    ofVerification,
    '🔑',
    '%00',
    "' or 1=1 --",
  ]) {
    expect(await resetStatus(app.client(), token), token).toBe('INVALID');
  }
});

test('the answer says nothing about whose link it is', async () => {
  const { email, id } = await newPerson(app);
  const token = await mailedReset(app, email);
  const answer = await app
    .client()
    .send(
      'query ($input: PasswordResetStatusInput!) { passwordResetStatus(input: $input) { __typename state } }',
      {
        input: { token },
      },
    );
  expect(answer.data).toEqual({ passwordResetStatus: { __typename: 'PasswordResetStatus', state: 'VALID' } });
  expect(JSON.stringify([...answer.headers])).not.toContain(id);
});
