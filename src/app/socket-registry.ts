import { LRUCache } from 'lru-cache';
import type { WebSocket } from 'ws';
import { apiKeyRevoked } from '../features/api-keys/api-keys.contract.js';
import { serviceAccountDisabled } from '../features/service-accounts/service-accounts.contract.js';
import { sessionRevoked } from '../features/sessions/sessions.contract.js';
import type { Principal } from '../kernel/caller.js';
import type { Clock } from '../kernel/clock.js';
import type { EventFeed } from '../platform/events/event-feed.js';

/** The close code of a socket whose credential no longer holds (4000–4999 are ours, RFC 6455 §7.4.2). */
export const UNAUTHORIZED = 4401;
/** The longest delay that a timer takes, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;
/** Longer than an authentication can take, so that a credential that ended during one is still known after it. */
const ENDED_TTL_MS = 30_000;

/**
 * Which sockets were opened by which credential. They close with 4401 when it is revoked, on every node as the
 * event arrives, and when it expires.
 */
export class SocketRegistry {
  private readonly byCredential = new Map<string, Set<WebSocket>>();
  private readonly ended = new LRUCache<string, true>({ max: 10_000, ttl: ENDED_TTL_MS });

  constructor(private readonly deps: { readonly feed: EventFeed; readonly clock: Clock }) {
    for (const { name } of [sessionRevoked, serviceAccountDisabled, apiKeyRevoked]) {
      deps.feed.on(name, ({ subjectId }) => this.close(subjectId));
    }
  }

  /** Remembers an authenticated socket until it closes; anonymous ones hold nothing that could be revoked. */
  add(socket: WebSocket, principal: Principal): void {
    const credential = credentialOf(principal);
    if (credential === null) return;
    // It ended after its database row was read and before the socket was here to be closed.
    if (this.ended.has(credential)) {
      socket.close(UNAUTHORIZED, 'Unauthorized');
      return;
    }
    const sockets = this.byCredential.get(credential) ?? new Set();
    this.byCredential.set(credential, sockets.add(socket));
    const expiresAt = 'expiresAt' in principal ? principal.expiresAt : null;
    const expiry = expiresAt === null ? undefined : this.closeAt(socket, expiresAt);
    socket.once('close', () => {
      clearTimeout(expiry);
      sockets.delete(socket);
      if (sockets.size === 0 && this.byCredential.get(credential) === sockets)
        this.byCredential.delete(credential);
    });
  }

  private close(credential: string): void {
    this.ended.set(credential, true);
    for (const socket of this.byCredential.get(credential) ?? []) socket.close(UNAUTHORIZED, 'Unauthorized');
  }

  private closeAt(socket: WebSocket, expiresAt: number): NodeJS.Timeout {
    const delay = expiresAt * 1000 - this.deps.clock.now().getTime();
    return setTimeout(
      () => socket.close(UNAUTHORIZED, 'Unauthorized'),
      Math.min(Math.max(delay, 0), MAX_DELAY_MS),
    );
  }
}

function credentialOf(principal: Principal): string | null {
  if (principal.kind === 'user') return principal.sessionId;
  return principal.kind === 'service_account' || principal.kind === 'api_key' ? principal.id : null;
}
