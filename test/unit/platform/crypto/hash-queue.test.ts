import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { AuthError } from '../../../../src/kernel/errors.js';
import { HashQueue } from '../../../../src/platform/crypto/hash-queue.js';

/** Tasks that end when told to, and know how many of them ran at once. */
function stage() {
  let running = 0;
  const seen = { most: 0, order: [] as number[] };
  const endings: (() => void)[] = [];
  const task = (id: number) => async () => {
    running += 1;
    seen.most = Math.max(seen.most, running);
    seen.order.push(id);
    await new Promise<void>((resolve) => endings.push(resolve));
    running -= 1;
    return id;
  };
  const endAll = async () => {
    for (let turn = 0; turn < 100; turn += 1) {
      endings.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { seen, task, endAll };
}

test('no more tasks run at once than there are cores, and they start in the order they came', async () => {
  const { seen, task, endAll } = stage();
  const queue = new HashQueue({ queueLimit: 64 });
  const ids = Array.from({ length: 20 }, (_, id) => id);
  const results = Promise.all(ids.map((id) => queue.run(task(id))));
  await endAll();
  expect(await results).toEqual(ids);
  expect(seen.order).toEqual(ids);
  expect(seen.most).toBe(Math.min(20, availableParallelism()));
});

test('a full queue answers SERVER_BUSY at once, with at least a second to wait', async () => {
  const { seen, task, endAll } = stage();
  const queue = new HashQueue({ queueLimit: 2, concurrency: 1 });
  const accepted = [0, 1, 2].map((id) => queue.run(task(id)));
  const refusal: unknown = await queue.run(task(3)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AuthError);
  expect(refusal).toMatchObject({ code: 'SERVER_BUSY', status: 503, retryAfter: 1 });
  await endAll();
  expect(await Promise.all(accepted)).toEqual([0, 1, 2]);
  expect(seen.order).toEqual([0, 1, 2]);
});

test('the wait that is asked for grows with what is queued', async () => {
  const { task, endAll } = stage();
  const queue = new HashQueue({ queueLimit: 90, concurrency: 1 });
  const accepted = Array.from({ length: 91 }, (_, id) => queue.run(task(id)));
  // Ninety in line at the 50 ms that a hash is taken to last before one was measured.
  await expect(queue.run(task(91))).rejects.toMatchObject({ retryAfter: 5 });
  await endAll();
  await Promise.all(accepted);
});

test('a task that fails frees its place and gives its own error', async () => {
  const queue = new HashQueue({ queueLimit: 1, concurrency: 1 });
  await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(queue.run(() => Promise.resolve('next'))).resolves.toBe('next');
});

test('after a refusal the queue takes work again', async () => {
  const { task, endAll } = stage();
  const queue = new HashQueue({ queueLimit: 1, concurrency: 1 });
  const accepted = [queue.run(task(0)), queue.run(task(1))];
  await expect(queue.run(task(2))).rejects.toMatchObject({ code: 'SERVER_BUSY' });
  await endAll();
  await Promise.all(accepted);
  await expect(queue.run(() => Promise.resolve('later'))).resolves.toBe('later');
});
