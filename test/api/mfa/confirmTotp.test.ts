import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { addTotp } from '../../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the first code makes the app a factor, and the first factor brings ten recovery codes', async () => {
  const { client } = await newPerson(app);
  const { factorId, recoveryCodes } = await addTotp(client, { time: clock });
  expect(factorId).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(recoveryCodes).size).toBe(10);
});
