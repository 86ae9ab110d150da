import { EventEmitter } from 'node:events';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { SocketRegistry } from '../../../src/app/socket-registry.js';
import { clientSecretRotated } from '../../../src/features/service-accounts/service-accounts.contract.js';
import { sessionRevoked } from '../../../src/features/sessions/sessions.contract.js';
import type { ServiceAccountPrincipal } from '../../../src/kernel/caller.js';
import { systemClock } from '../../../src/kernel/clock.js';
import { newId } from '../../../src/kernel/id.js';
import { NO_LINEAGE } from '../../../src/kernel/lineage.js';
import { EmbeddedEventFeed } from '../../../src/platform/events/event-feed.js';

const DAY_MS = 86_400_000;
const [ACCOUNT, SECRET, TOKEN] = ['account', 'secret', 'token'];

let feed: EmbeddedEventFeed;
let registry: SocketRegistry;
beforeEach(() => {
  vi.useFakeTimers();
  feed = new EmbeddedEventFeed({ logger: pino({ level: 'silent' }) });
  registry = new SocketRegistry({ feed, clock: systemClock });
});
afterEach(() => vi.useRealTimers());

let position = 0;
async function happens(name: string, subjectId: string, payload: Record<string, string> = {}) {
  position += 1;
  const event = { position, id: newId(), name, subjectType: 'credential', subjectId, userId: null };
  await feed.deliver([{ ...event, payload, occurredAt: new Date() }]);
}
const rotated = async (inMs: number) =>
  await happens(clientSecretRotated.name, SECRET, { expiresAt: new Date(Date.now() + inMs).toISOString() });

/** The close codes of a socket that came with all three credentials. */
function opened(expiresInMs: number | null = null): number[] {
  const codes: number[] = [];
  const socket = Object.assign(new EventEmitter(), {
    close: (code: number) => {
      codes.push(code);
      socket.emit('close');
    },
  });
  const principal: ServiceAccountPrincipal = {
    kind: 'service_account',
    id: ACCOUNT,
    name: 'orders',
    credentialIds: [ACCOUNT, SECRET, TOKEN],
    byAccessToken: true,
    lineage: NO_LINEAGE,
    expiresAt: expiresInMs === null ? null : Math.floor((Date.now() + expiresInMs) / 1000),
    audiences: [],
    roles: [],
    permissions: new Set(),
  };
  registry.add(socket as unknown as WebSocket, principal);
  return codes;
}

test('a credential that is good for longer than a timer can wait closes its socket then, and not before', async () => {
  const codes = opened(90 * DAY_MS);
  await vi.advanceTimersByTimeAsync(89 * DAY_MS);
  expect(codes).toEqual([]);
  await vi.advanceTimersByTimeAsync(DAY_MS);
  expect(codes).toEqual([4401]);
});

test.each([ACCOUNT, SECRET, TOKEN])('a socket closes once when its %s ends', async (credential) => {
  const codes = opened();
  await happens(sessionRevoked.name, 'another');
  expect(codes).toEqual([]);
  await happens(sessionRevoked.name, credential);
  await happens(sessionRevoked.name, ACCOUNT);
  expect(codes).toEqual([4401]);
});

test('a replaced secret closes its socket when the overlap is over, unless its end came sooner', async () => {
  const [codes, brief] = [opened(), opened(5_000)];
  await rotated(60_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([codes, brief]).toEqual([[], [4401]]);
  await vi.advanceTimersByTimeAsync(55_000);
  expect(codes).toEqual([4401]);
});

test('an end that came while the socket was being authenticated counts, also one that is still to come', async () => {
  await rotated(10_000);
  const codes = opened();
  expect(codes).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(codes).toEqual([4401]);
  await happens(sessionRevoked.name, TOKEN);
  expect(opened()).toEqual([4401]);
});

test('a socket that is gone leaves no timer behind', () => {
  const codes = opened(DAY_MS);
  expect(vi.getTimerCount()).toBe(1);
  void happens(sessionRevoked.name, TOKEN);
  expect([codes.length, vi.getTimerCount()]).toEqual([1, 0]);
});
