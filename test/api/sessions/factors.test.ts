import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../../src/kernel/caller.js';
import { anotherDevice, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { isAlive, sessionOf, signInByTotp } from '../../support/lineage.js';
import { addTotp, confirmTotp, enrolTotp, removeFactor } from '../../support/second-factors.js';
import { totpCode } from '../../support/totp.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const rowOf = async (client: Client) => {
  const [row] = await sql(
    app,
    'select acr, amr, second_factor_at, revoke_reason, opened_with from sessions where id = ?',
    [sessionOf(client)],
  );
  return row;
};

test('the session that enrols a factor has proved it; the others, which have not, end', async () => {
  const person = await newPerson(app);
  const phone = await anotherDevice(app, person);
  const bystander = await newPerson(app);
  await addTotp(person.client, { time: clock });
  expect([await isAlive(person.client), await isAlive(phone), await isAlive(bystander.client)]).toEqual([
    true,
    false,
    true,
  ]);
  expect((await phone.refresh()).code).toBe('SESSION_EXPIRED');
  expect((await rowOf(phone))?.['revoke_reason']).toBe('second_factor_added');
  const row = await rowOf(person.client);
  expect([row?.['acr'], row?.['amr'], row?.['second_factor_at']]).toEqual([
    'aal2',
    ['pwd', 'mfa'],
    expect.anything(),
  ]);
});

test('the session goes on as one that is fresh and has a second factor, by the same access token', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  const answer = await client.send(
    `{ viewer { assurance { acr amr } sessions { edges { node { acr secondFactorAt } } } } }`,
  );
  expect(answer.data?.['viewer']).toEqual({
    assurance: { acr: 'aal2', amr: ['pwd', 'mfa'] },
    sessions: { edges: [{ node: { acr: 'aal2', secondFactorAt: clock.now().toISOString() } }] },
  });
  // A fresh proof is asked for: with a factor that the session lacked, this would be refused.
  clock.advance(31);
  await addTotp(client, { time: clock, name: 'Another' });
});

test('a factor that goes takes the sessions along that were opened with it, but the one that took it', async () => {
  const person = await newPerson(app);
  const first = await addTotp(person.client, { time: clock });
  clock.advance(31);
  const second = await addTotp(person.client, { time: clock, name: 'Spare' });
  clock.advance(31);
  const byFirst = await signInByTotp(app, { email: person.email, totp: first, clock });
  const bySecond = await signInByTotp(app, { email: person.email, totp: second, clock });
  expect((await removeFactor(bySecond, second.factorId)).errors).toEqual([]);
  expect([await isAlive(byFirst), await isAlive(bySecond)]).toEqual([true, true]);
  expect((await removeFactor(bySecond, first.factorId)).errors).toEqual([]);
  expect(await isAlive(byFirst)).toBe(false);
  expect((await rowOf(byFirst))?.['revoke_reason']).toBe('credential_removed');
  // The session that enrolled both rests on them, too.
  expect(await isAlive(person.client)).toBe(false);
});

test('a session that is ended while it confirms a factor leaves none behind', async () => {
  const { id, client } = await newPerson(app);
  const { enrolments, sessions, unitOfWork } = app.services;
  const begun = await enrolTotp(client);
  const { factorId, secret } = begun.data?.['enrolTotp'] ?? {};
  const enrollerOf = enrolments.enrollerOf.bind(enrolments);
  enrolments.enrollerOf = async (...asked) => {
    const enroller = await enrollerOf(...asked);
    await unitOfWork.run(async (unit) => {
      await sessions.endAllOf(unit, systemCaller(), id, 'revoked_by_admin');
    });
    return enroller;
  };
  try {
    const answer = await confirmTotp(client, { factorId, code: totpCode(secret, clock.now()) });
    expect(answer.code).toBe('SESSION_EXPIRED');
  } finally {
    enrolments.enrollerOf = enrollerOf;
  }
  const [user] = await sql(app, 'select factor_kinds from users where id = ?', [id]);
  expect(user).toEqual({ factor_kinds: [] });
  expect(await sql(app, 'select 1 from recovery_codes where user_id = ?', [id])).toEqual([]);
});
