import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, newService } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { addTotp } from '../../support/second-factors.js';
import { closeShop, openShop, requestAction, shopConfig } from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: shopConfig });
  await openShop(app);
});
afterAll(() => app.close());

test('an action of this product, or of the operator, can be asked for, and it is told how to confirm it', async () => {
  const { client } = await newPerson(app);
  for (const input of [{ action: 'erase_account' }, closeShop]) {
    const answer = await requestAction(client, input);
    expect(answer.errors).toEqual([]);
    const { methods, expiresAt } = answer.data?.['requestAction'] ?? {};
    expect(methods).toEqual([{ method: 'PASSWORD', kinds: [] }]);
    expect(new Date(expiresAt).getTime() - clock.now().getTime()).toBe(600_000);
  }
});

test('who has a second factor is told of it', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  const answer = await requestAction(client, { action: 'erase_account' });
  expect(answer.data?.['requestAction'].methods).toEqual([
    { method: 'PASSWORD', kinds: [] },
    { method: 'SECOND_FACTOR', kinds: ['TOTP', 'RECOVERY_CODE'] },
  ]);
});

test.each([
  ['an action that nobody has declared', { action: 'open_the_vault' }, 'ACTION_UNKNOWN'],
  ['an action spelled otherwise', { action: 'Erase_Account' }, 'ACTION_UNKNOWN'],
  ['no action at all', { action: '' }, 'ACTION_UNKNOWN'],
  [
    'an audience that is not registered',
    { ...closeShop, audience: 'https://elsewhere.test' },
    'AUDIENCE_UNKNOWN',
  ],
])('%s is refused', async (_name, input, code) => {
  const answer = await requestAction((await newPerson(app)).client, input);
  expect([answer.status, answer.code]).toEqual([422, code]);
});

test('only a user with a session asks', async () => {
  const { basic } = await newService(await app.adminClient());
  expect((await requestAction(app.client(), closeShop)).code).toBe('UNAUTHENTICATED');
  const service = app.client();
  const answer = await service.send(
    'mutation { requestAction(input: { action: "close_shop" }) { requestId } }',
    {},
    { authorization: basic },
  );
  expect(answer.code).toBe('FORBIDDEN');
});

test('one account asks sixty times an hour', async () => {
  const { client } = await newPerson(app);
  const codes = [];
  for (let n = 0; n < 61; n += 1) codes.push((await requestAction(client, { action: 'erase_account' })).code);
  expect(codes.filter((code) => code === undefined)).toHaveLength(60);
  expect(codes.at(-1)).toBe('RATE_LIMITED');
});
