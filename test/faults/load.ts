import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Answer, Client } from '../support/client.js';
import { type Environment, productEnvironment, type ServerProcess } from '../support/server-process.js';
import { surfaces } from './surfaces.js';

const PASSWORD = 'a password that nobody guesses';
const REFRESHERS = 3;
const VISITORS = 3;
const FIRST_PEOPLE = 10;

/**
 * What a server under this load is given. A crash rightly leaves the sign-ins that it met counted as failures, and so
 * many crashes would lock people out whose account is there all the same.
 */
export const loadEnvironment: Environment = { ...productEnvironment, AUTH_LOCKOUT_THRESHOLD: '100' };

/**
 * People who sign up, sign in, refresh and sign out, and a ledger of what they were told. What was
 * acknowledged must be true later; what was not may be either.
 */
export class Load {
  /** Addresses whose sign-up was acknowledged. */
  readonly signedUp: string[] = [];
  /** Clients that hold a session and the newest refresh token they were given. */
  readonly holders: Client[] = [];
  /** Access tokens of sessions whose end was acknowledged. */
  readonly ended: string[] = [];
  /** Answers that nobody should ever get. */
  readonly violations: string[] = [];
  /** Requests that were answered as they should, with 503, or not at all. */
  readonly counts = { good: 0, unavailable: 0, unanswered: 0 };
  /** The longest that anybody waited for an answer, in milliseconds. */
  slowestMs = 0;
  lastGoodAt = Number.NEGATIVE_INFINITY;
  private people = 0;
  private visits = 0;
  private running = false;
  private workers: Promise<void>[] = [];

  /** `url` says where the server is at the moment. */
  constructor(private readonly url: () => string) {}

  /** Opens the accounts of those who refresh and signs them in. Nothing may fail yet. */
  async prepare(): Promise<void> {
    for (let i = 0; i < REFRESHERS; i += 1) {
      const client = this.client();
      expect((await client.signUp(account(`refresher-${i}`))).code).toBeUndefined();
      expect((await client.login(account(`refresher-${i}`))).code).toBeUndefined();
      this.holders.push(client);
    }
    for (let i = 0; i < FIRST_PEOPLE; i += 1) await this.signUp();
    expect(this.signedUp.length).toBe(FIRST_PEOPLE);
  }

  /** Lets everybody go on until `stop`. */
  start(): void {
    this.running = true;
    this.workers = [
      this.repeat(() => this.signUp()),
      ...this.holders.map((holder) => this.repeat(() => this.refresh(holder))),
      ...Array.from({ length: VISITORS }, () => this.repeat(() => this.visit())),
    ];
  }

  /** Resolves when everybody has had their last answer. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  /** Runs for that long. */
  async runFor(milliseconds: number): Promise<void> {
    this.start();
    await sleep(milliseconds);
    await this.stop();
  }

  /** Resolves with the time (`performance.now()`) of the first good answer after `since`. */
  async nextGood(since: number, timeoutMs: number): Promise<number> {
    while (this.lastGoodAt < since && performance.now() < since + timeoutMs) await sleep(5);
    return this.lastGoodAt < since ? Number.POSITIVE_INFINITY : this.lastGoodAt;
  }

  private async repeat(work: () => Promise<void>): Promise<void> {
    while (this.running) await work();
  }

  private async signUp(): Promise<void> {
    this.people += 1;
    const { email, password } = account(`person-${this.people}`);
    if (await this.ask('sign-up', () => this.client().signUp({ email, password }))) this.signedUp.push(email);
  }

  private async refresh(holder: Client): Promise<void> {
    await this.ask('refresh', () => this.at(holder).refresh());
  }

  private async visit(): Promise<void> {
    const client = this.client();
    const email = this.signedUp[(this.visits += 1) % this.signedUp.length] ?? '';
    if (!(await this.ask('login', () => client.login({ email, password: PASSWORD })))) return;
    const ended = await this.ask('logout', () => this.at(client).send('mutation { logout { ok } }'));
    if (ended) this.ended.push(client.accessToken ?? '');
  }

  /** Whether it was done, and known to be done. */
  private async ask(what: string, request: () => Promise<Answer>): Promise<boolean> {
    const startedAt = performance.now();
    const answer = await (async () => await request())().catch(() => null);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
    if (answer === null) {
      this.counts.unanswered += 1;
      await sleep(20);
    } else if (answer.status === 200 && answer.errors.length === 0) {
      this.counts.good += 1;
      this.lastGoodAt = performance.now();
      return true;
    } else if (isCodedOutage(answer)) {
      this.counts.unavailable += 1;
      await sleep(20);
    } else {
      this.violations.push(`${what}: ${answer.status} ${answer.code} ${answer.errors[0]?.message}`);
    }
    return false;
  }

  private client(): Client {
    return new Client(this.url());
  }

  /** The same person, at wherever the server is now. */
  private at(client: Client): Client {
    return Object.assign(client, { url: this.url() });
  }
}

/** Everything that was acknowledged is there, and the audit chain is whole. */
export async function expectKept(load: Load, server: ServerProcess): Promise<void> {
  await each(load.signedUp, async (email) => {
    expect((await server.client().login({ email, password: PASSWORD })).code, email).toBeUndefined();
  });
  for (const { refreshToken, accessToken = '' } of load.holders) {
    expect((await server.client().refresh(refreshToken)).code).toBeUndefined();
    expect(await surfaces.validate(server, accessToken)).toBe('good');
  }
  await each(load.ended, async (token) => {
    expect(await surfaces.validate(server, token)).toBe('refused');
  });
  await expectWholeChain(server);
}

/** The server itself says that the audit chain verifies, and that it has links. */
export async function expectWholeChain(server: ServerProcess): Promise<void> {
  const admin = await server.adminClient();
  const { data } = await admin.send('{ verifyAuditChain { valid checked reason } }');
  expect(data?.['verifyAuditChain']).toMatchObject({ valid: true, reason: null });
  expect(data?.['verifyAuditChain'].checked).toBeGreaterThan(0);
}

/** Queries each of which must find nothing: rows that only make sense together, and are not. */
export const HALVES: Readonly<Record<string, string>> = {
  'users without a password': `select u.id from users u left join passwords p on p.user_id = u.id
    where p.user_id is null`,
  'users whose creation was not recorded': `select u.id from users u left join audit_events e
    on e.user_id = u.id and e.name = 'user.created' where e.id is null`,
  'sessions without a refresh token': `select s.id from sessions s left join refresh_tokens t
    on t.session_id = s.id where t.id is null`,
  'families with no or several open ends': `select session_id from refresh_tokens group by session_id
    having count(*) filter (where rotated_at is null) <> 1`,
  'ended sessions that were not announced': `select s.id from sessions s left join event_log l
    on l.subject_id = s.id::text and l.name = 'session.revoked' where s.revoked_at is not null and l.id is null`,
  'audited events without their personal part': `select e.id from audit_events e left join audit_personal p
    on p.event_id = e.id where p.event_id is null`,
};

/** Does the work for every item, a few at a time. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}

/** 503 under the published code, with the time to wait in the header and in the body. */
function isCodedOutage({ status, headers, errors, code }: Answer): boolean {
  const told = errors[0] === undefined || typeof errors[0].extensions['retryAfter'] === 'number';
  return status === 503 && code === 'SERVICE_UNAVAILABLE' && headers.has('retry-after') && told;
}

function account(name: string): { email: string; password: string } {
  return { email: `${name}@example.com`, password: PASSWORD };
}
