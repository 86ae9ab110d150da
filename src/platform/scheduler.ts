import { setTimeout as sleep } from 'node:timers/promises';
import { schedule, validate, type ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';

/** Work that recurs on a cron schedule, in UTC. */
export interface Job {
  /** Kebab-case and unique; part of the key of each slot. */
  readonly name: string;
  /** Five or six cron fields. */
  readonly schedule: string;
  run(): Promise<unknown>;
}

export interface SchedulerDeps {
  /** Takes a slot for this process: true for exactly one caller of all processes, ever. */
  claimSlot(key: string): Promise<boolean>;
  /** Notes that the run of a slot has ended, well or badly. */
  completeSlot(key: string): Promise<void>;
  /** Runs a job as a request is run: with a unit of work and a caller of its own. */
  runInContext(work: () => Promise<unknown>): Promise<unknown>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Most milliseconds that a process waits before it reaches for a slot; 500 unless given. */
  readonly jitterMs?: number;
  /** Most milliseconds that stop() waits for running jobs; 10,000 unless given. */
  readonly stopTimeoutMs?: number;
}

/**
 * Runs each slot of each job in one process of all that share the database (ADR 0003). A slot that nobody
 * could run is not caught up: jobs look for what is due, the schedule is only their tick. A job that fails is
 * logged and tried again at its next slot; it never takes the process down.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #tasks: readonly ScheduledTask[] = [];

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Starts ticking. Throws on a malformed schedule or a name used twice. */
  start(jobs: readonly Job[]): void {
    assertJobs(jobs);
    this.#tasks = jobs.map((job) => this.#schedule(job));
  }

  /** Starts no further run, and resolves when those under way have ended, or at the time limit. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const task of this.#tasks) void task.destroy();
    this.#tasks = [];
    const { stopTimeoutMs = 10_000, logger } = this.#deps;
    const limit = new AbortController();
    const late = sleep(stopTimeoutMs, 'late', { signal: limit.signal }).catch(() => 'cancelled');
    const outcome = await Promise.race([Promise.all(this.#running), late]);
    limit.abort();
    if (outcome === 'late') logger.warn('jobs were still running when the scheduler stopped');
  }

  #schedule(job: Job): ScheduledTask {
    return schedule(job.schedule, ({ date }) => this.#track(this.#runSlot(job, date)), {
      name: job.name,
      timezone: 'Etc/UTC',
      noOverlap: true,
      // The server keeps the process alive, a schedule does not.
      unref: true,
      suppressMissedWarning: true,
      logger: cronLogger(this.#deps.logger),
    });
  }

  // Claim, run and completion are one promise: whoever closes the database waits for all three.
  #track(slot: Promise<void>): Promise<void> {
    this.#running.add(slot);
    return slot.finally(() => this.#running.delete(slot));
  }

  async #runSlot(job: Job, slot: Date): Promise<void> {
    const key = `${job.name}:${slot.toISOString()}`;
    try {
      if (!(await this.#claim(key))) return;
      try {
        await this.#deps.runInContext(() => job.run());
      } finally {
        await this.#deps.completeSlot(key);
      }
      this.#deps.logger.debug({ job: job.name }, 'job done');
    } catch (err) {
      this.#deps.logger.error({ err, job: job.name }, 'job failed');
    }
  }

  // The jitter spreads the jobs of one minute over its first moments, and the slots over the processes.
  async #claim(key: string): Promise<boolean> {
    const { signal } = this.#stopping;
    const { jitterMs = 500 } = this.#deps;
    await sleep(Math.random() * jitterMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted && (await this.#deps.claimSlot(key));
  }
}

function assertJobs(jobs: readonly Job[]): void {
  const names = jobs.map(({ name }) => name);
  for (const { name, schedule: expression } of jobs) {
    if (!/^[a-z][a-z0-9-]{0,99}$/.test(name)) throw new TypeError(`"${name}" is no name for a job.`);
    if (names.indexOf(name) !== names.lastIndexOf(name)) throw new TypeError(`Two jobs are named "${name}".`);
    if (!validate(expression))
      throw new TypeError(`The schedule "${expression}" of ${name} is not a cron line.`);
  }
}

function cronLogger(logger: SchedulerDeps['logger']) {
  return {
    debug: (message: string | Error) => logger.debug({ message }, 'scheduler'),
    info: (message: string) => logger.info(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string | Error, err?: Error) => logger.error({ err: err ?? message }, 'scheduler'),
  };
}
