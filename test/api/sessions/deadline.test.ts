import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { isAlive } from '../../support/lineage.js';
import { addTotp } from '../../support/second-factors.js';

const GRACE = 3_600;
const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    clock,
    config: { mfa: { requiredForAllUsers: true, enrolmentGraceSeconds: GRACE } },
  });
});
afterAll(async () => await app.close());

test('a session that began without a second factor ends at the deadline of its account', async () => {
  const { client } = await newPerson(app);
  clock.advance(GRACE - 60);
  await client.refresh();
  expect(await isAlive(client)).toBe(true);
  clock.advance(60);
  expect((await client.send('{ viewer { id } }')).code).toBe('SESSION_EXPIRED');
  expect((await client.refresh()).code).toBe('SESSION_EXPIRED');
});

test('a session that began in the grace ends at its end, not a grace after its own beginning', async () => {
  const person = await newPerson(app);
  clock.advance(GRACE - 60);
  const late = app.client();
  await late.login({ email: person.email, password: PASSWORD });
  expect(await isAlive(late)).toBe(true);
  clock.advance(60);
  expect((await late.refresh()).code).toBe('SESSION_EXPIRED');
});

test('whoever has enrolled by then goes on', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  clock.advance(GRACE + 60);
  expect((await client.refresh()).errors).toEqual([]);
  expect(await isAlive(client)).toBe(true);
});
