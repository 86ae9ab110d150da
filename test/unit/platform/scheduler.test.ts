import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Scheduler, type Job, type SchedulerDeps } from '../../../src/platform/scheduler.js';

const everySecond = '* * * * * *';
const started: Scheduler[] = [];
afterEach(() => Promise.all(started.splice(0).map((scheduler) => scheduler.stop())));

/** What all processes share: the rows, and the lines of their logs. */
function world() {
  const slots = new Map<string, 'started' | 'completed'>();
  const errors: unknown[] = [];
  const record = (fields: unknown) => void errors.push(fields);
  const quiet = () => undefined;
  const deps: SchedulerDeps = {
    claimSlot: async (key) => !slots.has(key) && Boolean(slots.set(key, 'started')),
    completeSlot: async (key) => void slots.set(key, 'completed'),
    runInContext: (work) => work(),
    logger: { debug: quiet, info: quiet, warn: record, error: record } as SchedulerDeps['logger'],
    jitterMs: 50,
  };
  return { slots, errors, deps };
}

function start(deps: SchedulerDeps, ...jobs: Job[]): Scheduler {
  const scheduler = new Scheduler(deps);
  started.push(scheduler);
  scheduler.start(jobs);
  return scheduler;
}

describe('the scheduler', () => {
  it('runs each slot once over many processes, in a context of its own', async () => {
    const { slots, deps } = world();
    let runs = 0;
    let contexts = 0;
    const counted: SchedulerDeps = {
      ...deps,
      runInContext: (work) => {
        contexts += 1;
        return work();
      },
    };
    const job = { name: 'count', schedule: everySecond, run: async () => void (runs += 1) };
    for (let process = 0; process < 4; process += 1) start(counted, job);
    await sleep(2300);
    await Promise.all(started.map((scheduler) => scheduler.stop()));
    expect(runs).toBeGreaterThanOrEqual(2);
    expect([...slots.values()]).toEqual(Array.from({ length: runs }, () => 'completed'));
    expect(contexts).toBe(runs);
    expect([...slots.keys()][0]).toMatch(/^count:\d{4}-\d\d-\d\dT[\d:]+\.000Z$/);
  });

  it('survives a job that fails, now or later, and goes on', async () => {
    const { errors, deps } = world();
    let runs = 0;
    const fail = () => {
      runs += 1;
      if (runs === 1) throw new Error('at once');
      return Promise.reject(new Error('later'));
    };
    start(deps, { name: 'fail', schedule: everySecond, run: fail });
    await sleep(2300);
    expect(runs).toBeGreaterThanOrEqual(2);
    expect(errors.slice(0, 2)).toMatchObject([
      { job: 'fail', err: { message: 'at once' } },
      { job: 'fail', err: { message: 'later' } },
    ]);
  });

  it('runs nothing while slots cannot be claimed', async () => {
    const { errors, deps } = world();
    let runs = 0;
    const claimSlot = () => Promise.reject(new Error('database is gone'));
    start({ ...deps, claimSlot }, { name: 'idle', schedule: everySecond, run: async () => void (runs += 1) });
    await sleep(1300);
    expect(runs).toBe(0);
    expect(errors[0]).toMatchObject({ job: 'idle', err: { message: 'database is gone' } });
  });

  it('waits for the running job when it stops, and starts no other', async () => {
    const { slots, deps } = world();
    let ended = 0;
    const run = async () => {
      await sleep(700);
      ended += 1;
    };
    const scheduler = start(deps, { name: 'slow', schedule: everySecond, run });
    while (slots.size === 0) await sleep(20);
    await scheduler.stop();
    expect([ended, ...slots.values()]).toEqual([1, 'completed']);
    await sleep(1200);
    expect(slots.size).toBe(1);
  });

  it('does not wait for ever', async () => {
    const { slots, errors, deps } = world();
    const run = () => new Promise(() => undefined);
    const scheduler = start({ ...deps, stopTimeoutMs: 100 }, { name: 'hang', schedule: everySecond, run });
    while (slots.size === 0) await sleep(20);
    await scheduler.stop();
    expect(errors).toEqual(['jobs were still running when the scheduler stopped']);
  });

  it('refuses jobs it could not keep apart or never run', () => {
    const run = async () => undefined;
    const scheduler = new Scheduler(world().deps);
    const twice = { name: 'twice', schedule: everySecond, run };
    expect(() => scheduler.start([twice, twice])).toThrow('Two jobs');
    expect(() => scheduler.start([{ name: 'a b', schedule: everySecond, run }])).toThrow('no name');
    expect(() => scheduler.start([{ name: 'never', schedule: 'sometimes', run }])).toThrow('not a cron line');
  });
});
