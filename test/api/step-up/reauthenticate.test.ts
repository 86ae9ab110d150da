import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { reauthenticate } from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { tokens: { accessTtlSeconds: 7200 } } });
});
afterAll(() => app.close());

test('what was refused for an old sign-in is done when it is sent again with the same access token', async () => {
  const { client } = await newPerson(app);
  clock.advance(960);
  const stale = await client.send('{ exportMyData { sections { table } } }');
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  expect(stale.errors[0]?.extensions['details']).toEqual({ methods: [{ method: 'PASSWORD' }] });
  const answer = await reauthenticate(client, { password: PASSWORD });
  expect(answer.errors).toEqual([]);
  expect(answer.data?.['reauthenticate']).toEqual({
    authTime: clock.now().toISOString(),
    acr: 'aal1',
    amr: ['pwd'],
  });
  expect((await client.send('{ exportMyData { sections { table } } }')).errors).toEqual([]);
});
