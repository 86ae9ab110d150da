import { LRUCache } from 'lru-cache';
import type { WebSocket } from 'ws';
import { apiKeyRevoked, apiKeyRotated } from '../features/api-keys/api-keys.contract.js';
import {
  clientSecretRevoked,
  clientSecretRotated,
  machineTokenRevoked,
  serviceAccountDisabled,
  serviceAccountUpdated,
} from '../features/service-accounts/service-accounts.contract.js';
import { sessionRevoked } from '../features/sessions/sessions.contract.js';
import type { Principal } from '../kernel/caller.js';
import type { Clock } from '../kernel/clock.js';
import type { EventFeed } from '../platform/events/event-feed.js';

/** The close code of a socket whose credential no longer holds (4000–4999 are ours, RFC 6455 §7.4.2). */
export const UNAUTHORIZED = 4401;
/** The longest delay that a timer takes, in milliseconds: about 25 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;
/** Longer than an authentication can take, so that an end which came during one is still known after it. */
const ENDINGS_TTL_MS = 30_000;
/** The end of what has ended. */
const ENDED = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

/** With these, their subject has ended. */
const ENDS = [
  sessionRevoked,
  apiKeyRevoked,
  serviceAccountDisabled,
  clientSecretRevoked,
  machineTokenRevoked,
];
/** With these, their subject ends at the moment that they say. */
const LIMITS = [apiKeyRotated, clientSecretRotated];

/** A socket, and the moment at which the first of its credentials ends. */
class HeldSocket {
  private endsAt = NEVER;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly clock: Clock,
  ) {}

  /** Closes it then, or at once when that is over; in milliseconds since the epoch. A later end changes nothing. */
  endAt(moment: number): void {
    if (moment >= this.endsAt) return;
    this.endsAt = moment;
    this.arm();
  }

  release(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    const delay = this.endsAt - this.clock.now().getTime();
    if (delay <= 0) this.close();
    // Beyond what a timer takes it fires early, and goes on waiting.
    else if (delay > MAX_DELAY_MS) this.timer = setTimeout(() => this.arm(), MAX_DELAY_MS);
    else this.timer = setTimeout(() => this.close(), delay);
  }

  private close(): void {
    this.socket.close(UNAUTHORIZED, 'Unauthorized');
  }
}

/**
 * Which sockets were opened by which credentials. They close with 4401 when one of these is revoked, on every node as
 * the event arrives, and when it expires.
 */
export class SocketRegistry {
  private readonly byCredential = new Map<string, Set<HeldSocket>>();
  private readonly endings = new LRUCache<string, number>({ max: 10_000, ttl: ENDINGS_TTL_MS });

  constructor(private readonly deps: { readonly feed: EventFeed; readonly clock: Clock }) {
    for (const { name } of ENDS) deps.feed.on(name, ({ subjectId }) => this.end(subjectId, ENDED));
    deps.feed.on(serviceAccountUpdated.name, ({ subjectId, payload }) => {
      const changed: unknown[] = [payload['changed']].flat();
      // Enabled again, it is good again; its tokens of before are not, and are asked about once they are in here.
      if (changed.includes('enabled')) this.endings.delete(subjectId);
      if (changed.includes('tokensNotBefore')) this.endTokensOf(subjectId);
    });
    for (const { name } of LIMITS) {
      deps.feed.on(name, ({ subjectId, payload }) =>
        this.end(subjectId, Date.parse(String(payload['expiresAt']))),
      );
    }
  }

  /** Remembers an authenticated socket until it closes; anonymous ones hold nothing that could be revoked. */
  add(socket: WebSocket, principal: Principal): void {
    const credentials = credentialsOf(principal);
    if (credentials.length === 0) return;
    const held = new HeldSocket(socket, this.deps.clock);
    for (const credential of credentials) {
      const sockets = this.byCredential.get(credential) ?? new Set();
      this.byCredential.set(credential, sockets.add(held));
    }
    socket.once('close', () => {
      held.release();
      for (const credential of credentials) this.forget(credential, held);
    });
    const expiresAt = 'expiresAt' in principal ? principal.expiresAt : null;
    // An end may have come after the credential's row was read, and before the socket was here to be told.
    const ends = credentials.map((each) => this.endings.get(each) ?? NEVER);
    held.endAt(Math.min(expiresAt === null ? NEVER : expiresAt * 1000, ...ends));
  }

  private forget(credential: string, held: HeldSocket): void {
    const sockets = this.byCredential.get(credential);
    sockets?.delete(held);
    if (sockets?.size === 0) this.byCredential.delete(credential);
  }

  private endTokensOf(account: string): void {
    for (const held of this.byCredential.get(tokensOf(account)) ?? []) held.endAt(ENDED);
  }

  private end(credential: string, moment: number): void {
    this.endings.set(credential, Math.min(moment, this.endings.get(credential) ?? moment));
    for (const held of this.byCredential.get(credential) ?? []) held.endAt(moment);
  }
}

/** With whichever of these ends, the principal is nobody any more. */
function credentialsOf(principal: Principal): readonly string[] {
  if (principal.kind === 'user') return [principal.sessionId];
  if (principal.kind !== 'service_account' && principal.kind !== 'api_key') return [];
  const byToken = principal.kind === 'service_account' && principal.byAccessToken;
  return byToken ? [...principal.credentialIds, tokensOf(principal.id)] : principal.credentialIds;
}

/** What stands for all the access tokens of an account, which end together when it is narrowed. */
function tokensOf(account: string): string {
  return `${account}/tokens`;
}
