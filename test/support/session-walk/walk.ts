import { PASSWORD, type Person } from '../accounts.js';
import type { TestApp } from '../app.js';
import type { Answer, Client } from '../client.js';
import type { FakeClock } from '../clock.js';
import { newVerifiedPerson } from '../email-flows.js';
import { Browser } from '../browser.js';
import {
  type AccountFacts,
  accountFacts,
  broughtFactors,
  faultOf,
  hasTrustedDevice,
  liveSessions,
} from './account-facts.js';
import { type DocumentName, documents } from './documents.js';
import { Finds, pick } from './finds.js';
import { VirtualAuthenticator } from '../virtual-authenticator.js';
import { type StepName, steps } from './steps.js';

/** One step of a walk: what is done, and which of the things at hand it is done with. */
export interface Step {
  readonly what: StepName;
  readonly a: number;
  readonly b: number;
}

export const STEP_NAMES = Object.keys(steps) as StepName[];

/** Where a walk takes place. */
export interface Ground {
  readonly app: TestApp;
  readonly admin: Client;
  readonly clock: FakeClock;
}

/**
 * Somebody, perhaps several people with the same password in hand, who does whatever can be done with an account, in
 * any order, with everything they have come across. After each step the sessions of the account are held against what
 * the account asked for before it.
 */
export class SessionWalk {
  readonly finds = new Finds();
  /** The sessions that there have been. */
  readonly known = new Set<string>();
  readonly done: string[] = [];
  /** Sessions that have begun on the way. */
  opened = 0;
  password = PASSWORD;
  readonly authenticator = new VirtualAuthenticator();
  hasPasskey = false;
  readonly id: string;
  readonly email: string;
  private readonly devices: readonly Browser[];

  private constructor(
    private readonly ground: Ground,
    { id, email, client }: Person,
  ) {
    this.id = id;
    this.email = email;
    this.devices = [new Browser(client.url), new Browser(client.url)];
    this.finds.collect({ id, email, accessToken: client.accessToken });
  }

  static async begin(ground: Ground): Promise<SessionWalk> {
    const walk = new SessionWalk(ground, await newVerifiedPerson(ground.app));
    for (const { id } of await walk.live()) walk.known.add(id);
    return walk;
  }

  get app(): TestApp {
    return this.ground.app;
  }

  get clock(): FakeClock {
    return this.ground.clock;
  }

  /** Takes one step; answers what is wrong with the sessions after it, or null. */
  async take({ what, a, b }: Step): Promise<string | null> {
    const before = await accountFacts(this.app, this.id);
    this.done.push(`${what} ${a} ${b}`);
    await steps[what](this, { a, b });
    const fault = await this.findFault(before);
    return fault === null ? null : `${fault}, after ${this.done.join(', ')}`;
  }

  /** One of the devices, with one of the access tokens. */
  device(a: number, b: number): Browser {
    const device = pick(this.devices, a) as Browser;
    device.accessToken = pick(this.finds.accessTokens, b);
    return device;
  }

  async signedIn(a: number, b: number, document: DocumentName, input: object): Promise<Answer> {
    return await this.send(this.device(a, b), document, input);
  }

  async anonymously(a: number, document: DocumentName, input: object): Promise<Answer> {
    const device = this.device(a, 0);
    device.accessToken = undefined;
    return await this.send(device, document, input);
  }

  async asAdmin(document: DocumentName, input: object): Promise<Answer> {
    return await this.send(this.ground.admin, document, input);
  }

  attempt(n: number): string {
    // The newest one as often as all others: they are good for ten minutes only.
    const { attemptTokens } = this.finds;
    return (n % 2 === 0 ? attemptTokens.at(-1) : pick(attemptTokens, n)) ?? 'none';
  }

  factor(n: number): string {
    return pick([...this.finds.secrets.keys()], n) ?? this.id;
  }

  totp(n: number): string {
    return this.finds.totp(n, this.clock.now());
  }

  private async send(client: Client, document: DocumentName, input: object): Promise<Answer> {
    const answer = await client.send(documents[document], Object.keys(input).length > 0 ? { input } : {});
    this.finds.collect(answer.data);
    return answer;
  }

  private async findFault(before: AccountFacts): Promise<string | null> {
    const now = await accountFacts(this.app, this.id);
    const trusted = await hasTrustedDevice(this.app, this.id);
    for (const session of await this.live()) {
      const isNew = !this.known.has(session.id);
      if (isNew) this.opened += 1;
      this.known.add(session.id);
      const fault = faultOf(session, { now, before: isNew ? before : null });
      if (fault !== null && !(trusted && fault.startsWith('no second factor'))) return fault;
    }
    const brought = await broughtFactors(this.app, this.id);
    return brought.length > 0 ? 'a factor that came with the sign-in it was to prove' : null;
  }

  private async live() {
    return await liveSessions(this.app, this.id, this.clock.now());
  }
}
