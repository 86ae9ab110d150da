import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCore } from '../../src/app/app.js';
import { systemCaller } from '../../src/kernel/caller.js';
import { defineStatement } from '../../src/platform/database/statements.js';
import { userCreated } from '../../src/features/users/users.contract.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { testConfig } from '../support/config.js';
import { embeddedTemplate } from '../support/database-template.js';

const NESTED = 'was opened inside a unit of work';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

test('a unit of work opened inside a unit of work fails at once, and the outer one is undone', async () => {
  const { unitOfWork, audit } = app.services;
  const before = await audit.verify();
  const nested = unitOfWork.run(async (unit) => {
    unit.emit(userCreated, {
      caller: systemCaller(),
      subject: { type: 'user', id: 'nobody' },
      userId: null,
      payload: { by: 'test' },
    });
    await unitOfWork.run(() => Promise.resolve());
  });
  await expect(nested).rejects.toThrow(NESTED);
  expect((await audit.verify()).head).toEqual(before.head);
});

test('a unit is found out however deep it hides in what the outer one awaits', async () => {
  const { unitOfWork, roles } = app.services;
  const deep = unitOfWork.run(async () => {
    await Promise.resolve().then(() => roles.ensureBuiltIn());
  });
  await expect(deep).rejects.toThrow(NESTED);
});

test('units side by side do not take each other for nested', async () => {
  const { unitOfWork } = app.services;
  const answers = await Promise.all([1, 2, 3].map((n) => unitOfWork.run(() => Promise.resolve(n))));
  expect(answers).toEqual([1, 2, 3]);
});

test('after a unit, committed or undone, the next one may open', async () => {
  const { unitOfWork } = app.services;
  await expect(unitOfWork.run(() => Promise.reject(new Error('undo')))).rejects.toThrow('undo');
  await expect(unitOfWork.run(() => Promise.resolve('done'))).resolves.toBe('done');
});

test('on the embedded database a statement inside a unit fails instead of waiting for ever', async () => {
  const core = await openCore(testConfig(), { template: await embeddedTemplate() });
  const { unitOfWork, statements } = core.services;
  const ping = defineStatement('units-test-ping', 'select 1');
  try {
    await expect(unitOfWork.run(() => statements.run(ping, []))).rejects.toThrow(NESTED);
    await expect(statements.run(ping, [])).resolves.toHaveLength(1);
  } finally {
    await core.close();
  }
});
