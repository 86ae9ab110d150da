import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newPerson, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { isAlive, sessionOf, signInByTotp } from '../support/lineage.js';
import {
  addTotp,
  answerLogin,
  beginLogin,
  newRecoveryCodes,
  removeFactor,
} from '../support/second-factors.js';
import { reauthenticate } from '../support/step-up.js';
import { totpCode } from '../support/totp.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(() => app.close());

/** Somebody with an app, a session of theirs, and one that was opened with a recovery code. */
async function withTwoSessions() {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  const half = await beginLogin(app, person);
  const [code] = totp.recoveryCodes;
  expect((await answerLogin(half, { kind: 'RECOVERY_CODE', code })).errors).toEqual([]);
  const owner = await signInByTotp(app, { email: person.email, totp, clock });
  return { person, totp, byCode: half.client, owner };
}

/** Has something happen between the proof of a factor and what comes of it. */
function onceProved(meanwhile: () => Promise<void>): void {
  const { mfa } = app.services;
  const prove = mfa.prove.bind(mfa);
  const spy = vi.spyOn(mfa, 'prove').mockImplementation(async (...asked) => {
    const proved = await prove(...asked);
    spy.mockRestore();
    await meanwhile();
    return proved;
  });
}

test('new recovery codes end what was opened with one of the earlier, but the session that asks', async () => {
  const { byCode, owner } = await withTwoSessions();
  expect((await newRecoveryCodes(owner)).errors).toEqual([]);
  expect([await isAlive(byCode), await isAlive(owner)]).toEqual([false, true]);
});

test('whoever came in by a recovery code and asks for new ones goes on', async () => {
  const { byCode, owner } = await withTwoSessions();
  expect((await newRecoveryCodes(byCode)).errors).toEqual([]);
  expect([await isAlive(byCode), await isAlive(owner)]).toEqual([true, true]);
});

test('the last factor takes the recovery codes along, and what was opened with one of them', async () => {
  const { person, totp, byCode, owner } = await withTwoSessions();
  expect((await removeFactor(owner, totp.factorId)).errors).toEqual([]);
  expect([await isAlive(byCode), await isAlive(owner)]).toEqual([false, true]);
  const gone = await sql(
    app,
    `select payload->>'kind' as kind from audit_events where user_id = ? and name = 'factor.removed' order by 1`,
    [person.id],
  );
  expect(gone).toEqual([{ kind: 'recovery_code' }, { kind: 'totp' }]);
});

test('a recovery code that was proved while the codes are replaced opens nothing', async () => {
  const { person, totp, owner } = await withTwoSessions();
  const half = await beginLogin(app, person);
  onceProved(async () => {
    expect((await newRecoveryCodes(owner)).errors).toEqual([]);
  });
  const answer = await answerLogin(half, { kind: 'RECOVERY_CODE', code: totp.recoveryCodes[3] });
  expect(answer.code).toBe('ATTEMPT_INVALID');
});

test('a factor that was proved again while it is removed lifts no session, though another of its kind is left', async () => {
  const person = await newPerson(app);
  const planted = await addTotp(person.client, { time: clock, name: 'Intruder' });
  clock.advance(31);
  const good = await addTotp(person.client, { time: clock, name: 'Good' });
  const intruder = await signInByTotp(app, { email: person.email, totp: good, clock });
  const owner = await signInByTotp(app, { email: person.email, totp: good, clock });
  onceProved(async () => {
    expect((await removeFactor(owner, planted.factorId)).errors).toEqual([]);
  });
  clock.advance(31);
  const code = totpCode(planted.secret, clock.now());
  expect((await reauthenticate(intruder, { kind: 'TOTP', code })).code).toBe('STEP_UP_REQUIRED');
  const [session] = await sql(app, 'select opened_with from sessions where id = ?', [sessionOf(intruder)]);
  expect(session?.['opened_with']).not.toContain(`totp:${planted.factorId}`);
});
