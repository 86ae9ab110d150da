import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

const get = async (path: string) => {
  const response = await app.client().fetch(path);
  return [response.status, await response.json()];
};

test('a process that answers at all is live, one whose parts work is ready', async () => {
  await vi.waitFor(async () => expect(await get('/health/ready')).toEqual([200, { status: 'ok' }]), 5_000);
  expect(await get('/health/live')).toEqual([200, { status: 'ok' }]);
});

test('without its database it is live and not ready, and says which part is missing but not why', async () => {
  const run = vi
    .spyOn(app.services.statements, 'run')
    .mockRejectedValue(new Error('password of the database'));
  expect(await get('/health/ready')).toEqual([503, { status: 'unavailable', failed: ['database'] }]);
  expect(await get('/health/live')).toEqual([200, { status: 'ok' }]);
  run.mockRestore();
});

test('while events may be missing it is not ready', async () => {
  const isCurrent = vi.spyOn(app.services.feed, 'isCurrent').mockReturnValue(false);
  expect(await get('/health/ready')).toEqual([503, { status: 'unavailable', failed: ['events'] }]);
  isCurrent.mockRestore();
});
