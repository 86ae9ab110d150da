import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { FailureCounterSchema } from '../../../../src/features/lockout/failure-counter.entity.js';
import { type LockoutSettings, lockoutDefaults } from '../../../../src/features/lockout/lockout.policy.js';
import type { LockoutSubject } from '../../../../src/features/lockout/counter-keys.js';
import { LockoutService } from '../../../../src/features/lockout/lockout.service.js';
import { AuthError } from '../../../../src/kernel/errors.js';
import { sha256Hex } from '../../../../src/platform/crypto/fingerprint.js';
import { type Orm, openOrm } from '../../../../src/platform/database/orm.js';
import { openStatements, type Statements } from '../../../../src/platform/database/statements.js';

export const settings: LockoutSettings = {
  ...lockoutDefaults,
  threshold: 5,
  windowSeconds: 900,
  baseSeconds: 30,
  capSeconds: 3600,
};
export const HOME = '192.0.2.7';
export const ELSEWHERE = '198.51.100.9';
export const account = 'ada@example.com';

let orm: Orm;
let statements: Statements;
let time: Date;
export let lockout: LockoutService;

/** A database of its own for each test file, an empty table and the same time for each test. */
export function prepareLockout(): void {
  beforeAll(async () => {
    orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, [FailureCounterSchema]);
    await orm.schema.create();
    statements = await openStatements(orm, 'embedded');
  });

  beforeEach(async () => {
    time = new Date('2026-11-22T10:00:00.000Z');
    lockout = newService();
    await query('delete from failure_counters');
  });

  afterAll(async () => {
    await orm.close();
  });
}

export function newService(): LockoutService {
  return new LockoutService({ statements, clock: { now }, settings, fingerprint: sha256Hex });
}

export function now(): Date {
  return time;
}

export function later(seconds: number): void {
  time = new Date(time.getTime() + seconds * 1000);
}

export async function query(sql: string): Promise<unknown> {
  return await orm.em.getConnection().execute(sql);
}

export type Answer = 'right' | 'wrong' | { readonly retryAfter: number | undefined };

/** Where a guess comes from: an address, or a device that was recognised, wherever it is. */
export type Place = string | { readonly ip: string; readonly deviceId: string };

export function subject(who: string, place: Place = HOME): LockoutSubject {
  return { account: who, deviceId: null, ...(typeof place === 'string' ? { ip: place } : place) };
}

/** One guess, with a verification that takes a while, as a password hash does. */
export async function guess(
  right: boolean,
  place: Place = HOME,
  who = account,
  service = lockout,
): Promise<Answer> {
  try {
    const attempt = await service.attempt(subject(who, place));
    await sleep(2);
    await (right ? attempt.succeeded() : attempt.failed());
    return right ? 'right' : 'wrong';
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOO_MANY_ATTEMPTS')
      return { retryAfter: error.retryAfter };
    throw error;
  }
}

export async function fail(times: number, place: Place = HOME, who = account): Promise<void> {
  for (let i = 0; i < times; i += 1) expect(await guess(false, place, who)).toBe('wrong');
}

/** Signs in from an address, and gives the device that is known from then on. */
export async function signIn(ip = HOME, who = account): Promise<{ ip: string; deviceId: string }> {
  const attempt = await lockout.attempt(subject(who, ip));
  return { ip, deviceId: (await attempt.succeeded()).deviceId };
}

export const judged = (answers: readonly Answer[]): number =>
  answers.filter((one) => typeof one === 'string').length;
