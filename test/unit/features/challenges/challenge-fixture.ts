import { afterAll, beforeAll, beforeEach } from 'vitest';
import { ChallengeSchema } from '../../../../src/features/challenges/challenge.entity.js';
import {
  type ChallengeRequest,
  ChallengeService,
} from '../../../../src/features/challenges/challenge.service.js';
import { AuthError } from '../../../../src/kernel/errors.js';
import { Secret } from '../../../../src/kernel/secret.js';
import { Keyring } from '../../../../src/platform/crypto/keyring.js';
import { type EntityManager, type Orm, openOrm } from '../../../../src/platform/database/orm.js';
import { openStatements, type Statements } from '../../../../src/platform/database/statements.js';
import type { Unit } from '../../../../src/platform/database/unit.js';

export const OLD_KEY = new Secret('an-old-encryption-key-of-enough-characters');
export const KEY = new Secret('a-new-encryption-key-of-enough-characters!');

let orm: Orm;
let statements: Statements;
let now: Date;
export let challenges: ChallengeService;

/** A database of its own for each test file, an empty table and the same time for each test. */
export function prepareChallenges(): void {
  beforeAll(async () => {
    orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, [ChallengeSchema]);
    await orm.schema.create();
    statements = await openStatements(orm, 'embedded');
  });

  beforeEach(async () => {
    now = new Date('2026-11-22T10:00:00.000Z');
    challenges = serviceWith(KEY);
    await query('delete from challenges');
  });

  afterAll(async () => {
    await orm.close();
  });
}

export function serviceWith(encryption: Secret, oldEncryption: readonly Secret[] = []): ChallengeService {
  const keyring = Keyring.fromConfig({ encryption, oldEncryption });
  return new ChallengeService({ statements, clock: { now: () => now }, keyring });
}

export async function query(sql: string): Promise<unknown> {
  return await orm.em.getConnection().execute(sql);
}

/** Does `work` in a transaction, which an error undoes. */
export async function inUnit<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
  const em = orm.em as EntityManager;
  return await em.fork().transactional((inside) => work({ em: inside, now } as Unit));
}

export function request(facts: Partial<ChallengeRequest> = {}): ChallengeRequest {
  return { purpose: 'verify_email', subject: 'user-1', ttlSeconds: 600, form: 'token', ...facts };
}

/** The error code of a refusal, or `accepted`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof AuthError) return error.code;
    throw error;
  }
}

export function tally(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(outcomes)].map((one) => [one, outcomes.filter((o) => o === one).length]),
  );
}

export function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
}

/** Another code than `code`. */
export function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}
