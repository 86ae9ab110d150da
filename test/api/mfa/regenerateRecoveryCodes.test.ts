import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { lastMailTo, mailsTo } from '../../support/mails.js';
import {
  addTotp,
  answerLogin,
  beginLogin,
  factorsOf,
  newRecoveryCodes,
  removeFactor,
} from '../../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const leftOf = async (client: Parameters<typeof factorsOf>[0]) =>
  (await client.send('{ viewer { user { recoveryCodesLeft } } }')).data?.['viewer'].user.recoveryCodesLeft;

test('ten new codes take the place of all earlier ones, used or not', async () => {
  const person = await newPerson(app);
  const { recoveryCodes: earlier } = await addTotp(person.client, { time: clock });
  const { data, errors } = await newRecoveryCodes(person.client);
  expect(errors).toEqual([]);
  const { recoveryCodes } = data?.['regenerateRecoveryCodes'] ?? {};
  expect(new Set([...recoveryCodes, ...earlier]).size).toBe(20);
  expect(await leftOf(person.client)).toBe(10);
  const old = await answerLogin(await beginLogin(app, person), { kind: 'RECOVERY_CODE', code: earlier[0] });
  expect([old.status, old.code]).toEqual([401, 'FACTOR_REFUSED']);
  const fresh = await answerLogin(await beginLogin(app, person), {
    kind: 'RECOVERY_CODE',
    code: recoveryCodes[0],
  });
  expect(fresh.errors).toEqual([]);
});

test('its owner is told by mail, and the trail knows', async () => {
  const { client, email, id } = await newPerson(app);
  await addTotp(client, { time: clock });
  await newRecoveryCodes(client);
  expect((await lastMailTo(app, email)).subject).toBe('Your Latchkey account has new recovery codes');
  const names = await auditNamesOf(await app.adminClient(), id);
  expect(names.filter((name) => name === 'recovery_codes.issued')).toHaveLength(2);
});

test('an account without a factor has none to stand in for', async () => {
  const { client, id } = await newPerson(app);
  const answer = await newRecoveryCodes(client);
  expect([answer.status, answer.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
  expect(await sql(app, 'select 1 from recovery_codes where user_id = ?', [id])).toEqual([]);
  expect(await leftOf(client)).toBeNull();
});

test('who proved it long ago is asked to do so first', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  clock.advance(901);
  await client.refresh();
  const stale = await newRecoveryCodes(client);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
});

test('its owner is warned when two, one and none are left, and is offered them as long as there are any', async () => {
  const person = await newPerson(app);
  const { recoveryCodes } = await addTotp(person.client, { time: clock });
  const warnings = async () =>
    (await mailsTo(app, person.email)).filter(({ subject }) => subject.startsWith('You are running out'));
  for (const code of recoveryCodes) {
    expect(await warnings()).toEqual([]);
    if (code === recoveryCodes[7]) break;
    expect(
      (await answerLogin(await beginLogin(app, person), { kind: 'RECOVERY_CODE', code })).errors,
    ).toEqual([]);
  }
  const texts: (string | undefined)[] = [];
  for (const code of recoveryCodes.slice(7)) {
    const login = await beginLogin(app, person);
    expect((await answerLogin(login, { kind: 'RECOVERY_CODE', code })).errors).toEqual([]);
    texts.push(/(Only \d \w+|None is) left\./.exec((await warnings()).at(-1)?.text ?? '')?.[0]);
  }
  expect(texts).toEqual(['Only 2 are left.', 'Only 1 is left.', 'None is left.']);
  const late = await answerLogin(await beginLogin(app, person), {
    kind: 'RECOVERY_CODE',
    code: recoveryCodes[0],
  });
  expect([late.status, late.code]).toEqual([422, 'FACTOR_UNAVAILABLE']);
});

test('they are one entry among the factors, that can be taken away alone', async () => {
  const { client, id } = await newPerson(app);
  await addTotp(client, { time: clock });
  const entry = (await factorsOf(client)).find(({ kind }) => kind === 'RECOVERY_CODE');
  expect((await removeFactor(client, entry?.id ?? '')).errors).toEqual([]);
  expect((await factorsOf(client)).map(({ kind }) => kind)).toEqual(['TOTP']);
  expect(await sql(app, 'select 1 from recovery_codes where user_id = ?', [id])).toEqual([]);
});
