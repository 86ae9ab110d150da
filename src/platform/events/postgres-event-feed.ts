import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Secret } from '../../kernel/secret.js';
import type { Logger } from '../logger.js';
import { EVENT_CHANNEL, type RecordedEvent } from './event-bus.js';
import { type EventFeed, type EventHandler, EventHandlers, type OrderedHandler } from './event-feed.js';

/** How often the log is read even when nobody announced anything. */
const HEARTBEAT_MS = 150;
/** How long after the start of the last complete read the process still trusts what it cached. */
const TRUST_MS = 600;
/** A read that takes longer hangs: the connection is given up. */
const READ_TIMEOUT_MS = 2_000;
/** A connection that does not end in this time is left to the kernel. */
const END_TIMEOUT_MS = 1_000;
const BATCH = 500;

const READ = {
  name: 'event-feed-read',
  text: `select position::float8 as position, id, name, subject_type as "subjectType", subject_id as "subjectId",
           user_id as "userId", payload, extract(epoch from occurred_at)::float8 * 1000 as "occurredAt"
         from event_log where position > $1 order by position limit ${BATCH}`,
};

interface Deps {
  readonly url: Secret;
  readonly logger: Logger;
}

/**
 * Follows the event log of a shared Postgres over one LISTEN connection. A notification only wakes it: the
 * truth is the log, read from the last position, so a lost notification costs at most a heartbeat. Positions
 * are assigned under a lock held to the commit, so none can appear below one already read.
 */
export class PostgresEventFeed implements EventFeed {
  private readonly handlers: EventHandlers;
  private readonly own = new Set<string>();
  private position = -1;
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private readonly stopping = new AbortController();
  private wake: () => void = () => {};
  private following: Promise<void> | undefined;

  constructor(private readonly deps: Deps) {
    this.handlers = new EventHandlers(deps.logger);
  }

  isCurrent(): boolean {
    return performance.now() - this.confirmedAt < TRUST_MS;
  }

  on(name: string, handler: EventHandler): void {
    this.handlers.on(name, handler);
  }

  inOrder(name: string, handler: OrderedHandler): void {
    this.handlers.inOrder(name, handler);
  }

  onGap(handler: () => void): void {
    this.handlers.onGap(handler);
  }

  async deliver(recorded: readonly RecordedEvent[]): Promise<void> {
    for (const event of recorded) {
      if (event.position <= this.position) continue;
      this.own.add(event.id);
      await this.handlers.handle(event);
    }
  }

  async start(): Promise<void> {
    const client = await this.connect();
    this.following = this.follow(client);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.following;
  }

  private goesOn(): boolean {
    return !this.stopping.signal.aborted;
  }

  private async follow(first: pg.Client): Promise<void> {
    let client: pg.Client | undefined = first;
    while (this.goesOn()) {
      try {
        client ??= await this.connect();
        await this.readUntilBroken(client);
      } catch (error) {
        if (this.goesOn()) this.deps.logger.warn({ err: error }, 'the event feed lost its connection');
        this.confirmedAt = Number.NEGATIVE_INFINITY;
        client?.end().catch(() => {});
        client = undefined;
        this.handlers.gap();
        await sleep(200);
      }
    }
    await Promise.race([client?.end().catch(() => {}), sleep(END_TIMEOUT_MS, undefined, { ref: false })]);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.deps.url.reveal(),
      connectionTimeoutMillis: READ_TIMEOUT_MS,
      query_timeout: READ_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'latchkey-events',
    });
    client.on('error', () => this.wake());
    client.on('notification', () => this.wake());
    try {
      await client.connect();
      await client.query(`listen ${EVENT_CHANNEL}`);
      const last = await lastPosition(client);
      // A log that ends before what was read is another one, restored from a backup: begin again at its end.
      if (this.position < 0 || last < this.position) {
        this.own.clear();
        this.position = last;
      }
      return client;
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
  }

  private async readUntilBroken(client: pg.Client): Promise<void> {
    while (this.goesOn()) {
      const woken = this.nextWake();
      const startedAt = performance.now();
      const full = await this.read(client);
      this.confirmedAt = full ? this.confirmedAt : startedAt;
      if (!full) await woken;
    }
  }

  /** Reads and handles one batch; true when there may be more. */
  private async read(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<Omit<RecordedEvent, 'occurredAt'> & { occurredAt: number }>({
      ...READ,
      values: [this.position],
    });
    for (const row of rows) {
      const event = { ...row, occurredAt: new Date(row.occurredAt) };
      this.position = event.position;
      if (!this.own.delete(event.id)) await this.handlers.handle(event);
      this.handlers.handleInOrder(event);
    }
    return rows.length === BATCH;
  }

  /** Resolves at the next notification, error, stop or heartbeat. */
  private nextWake(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HEARTBEAT_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function lastPosition(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ position: number }>(
    'select coalesce(max(position), 0)::float8 as position from event_log',
  );
  return rows[0]?.position ?? 0;
}
