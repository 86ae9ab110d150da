import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { AuthError } from '../../../../src/kernel/errors.js';
import { newId } from '../../../../src/kernel/id.js';
import { Secret } from '../../../../src/kernel/secret.js';
import { ChallengeSchema } from '../../../../src/features/challenges/challenge.entity.js';
import {
  type ChallengeRequest,
  ChallengeService,
} from '../../../../src/features/challenges/challenge.service.js';
import { Keyring } from '../../../../src/platform/crypto/keyring.js';
import { type Orm, openOrm } from '../../../../src/platform/database/orm.js';
import { openStatements, type Statements } from '../../../../src/platform/database/statements.js';

const OLD_KEY = new Secret('an-old-encryption-key-of-enough-characters');
const KEY = new Secret('a-new-encryption-key-of-enough-characters!');

let orm: Orm;
let statements: Statements;
let now = new Date('2026-11-22T10:00:00.000Z');
const clock = { now: () => now };

function serviceWith(encryption: Secret, oldEncryption: readonly Secret[] = []): ChallengeService {
  return new ChallengeService({
    statements,
    clock,
    keyring: Keyring.fromConfig({ encryption, oldEncryption }),
  });
}

let challenges: ChallengeService;

beforeAll(async () => {
  orm = await openOrm({ kind: 'embedded', directory: 'memory://' }, [ChallengeSchema]);
  await orm.schema.create();
  statements = await openStatements(orm, 'embedded');
});

beforeEach(async () => {
  now = new Date('2026-11-22T10:00:00.000Z');
  challenges = serviceWith(KEY);
  await orm.em.getConnection().execute('delete from challenges');
});

afterAll(async () => {
  await orm.close();
});

function request(facts: Partial<ChallengeRequest> = {}): ChallengeRequest {
  return { purpose: 'verify_email', subject: 'user-1', ttlSeconds: 600, form: 'token', ...facts };
}

/** The error code of a refusal, or `accepted`. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    if (error instanceof AuthError) return error.code;
    throw error;
  }
}

function tally(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(outcomes)].map((one) => [one, outcomes.filter((o) => o === one).length]),
  );
}

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
}

/** Another code than `code`. */
function wrong(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}

async function dump(): Promise<string> {
  return JSON.stringify(await orm.em.getConnection().execute('select * from challenges'));
}

describe('a token', () => {
  it('has 256 random bits, gives back its data once, and nothing a second time', async () => {
    const { id, secret } = await challenges.issue(
      request({ data: { email: 'a@example.com', n: [1, null] } }),
    );
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const proof = { purpose: 'verify_email', secret };
    expect(await challenges.burn(proof)).toEqual({
      id,
      subject: 'user-1',
      data: { email: 'a@example.com', n: [1, null] },
    });
    expect(await outcome(challenges.burn(proof))).toBe('CHALLENGE_INVALID');
  });

  it('is accepted once by thirty requests at the same time', async () => {
    const { secret } = await challenges.issue(request());
    const all = Array.from({ length: 30 }, () =>
      outcome(challenges.burn({ purpose: 'verify_email', secret })),
    );
    expect(tally(await Promise.all(all))).toEqual({ accepted: 1, CHALLENGE_INVALID: 29 });
  });

  it('is good until its last second and expired from then on, and says so for a day', async () => {
    const early = await challenges.issue(request());
    const late = await challenges.issue(request());
    later(599);
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: early.secret }))).toBe(
      'accepted',
    );
    later(1);
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: late.secret }))).toBe(
      'CHALLENGE_EXPIRED',
    );
    later(86_401);
    await challenges.purge();
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: late.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
  });

  it('of one purpose finds nothing at any other, and is still good at its own', async () => {
    const purposes = ['verify_email', 'magic_link', 'password_reset', 'oauth_state', 'invitation', 'ticket'];
    const issued = await Promise.all(purposes.map((purpose) => challenges.issue(request({ purpose }))));
    for (const [at, { secret }] of issued.entries()) {
      for (const purpose of purposes.filter((one) => one !== purposes[at])) {
        expect(await outcome(challenges.burn({ purpose, secret }))).toBe('CHALLENGE_INVALID');
        expect(await outcome(challenges.open({ purpose, secret }))).toBe('CHALLENGE_INVALID');
      }
    }
    for (const [at, { secret }] of issued.entries()) {
      expect(await outcome(challenges.burn({ purpose: purposes[at] ?? '', secret }))).toBe('accepted');
    }
  });

  it('issued for one subject is worthless in the hands of another', async () => {
    const { secret } = await challenges.issue(request());
    const proof = { purpose: 'verify_email', secret };
    expect(await outcome(challenges.burn({ ...proof, subject: 'user-2' }))).toBe('CHALLENGE_INVALID');
    const nobodys = await challenges.issue(request({ subject: null }));
    expect(
      await outcome(challenges.burn({ purpose: 'verify_email', secret: nobodys.secret, subject: 'user-1' })),
    ).toBe('CHALLENGE_INVALID');
    expect(await outcome(challenges.burn({ ...proof, subject: 'user-1' }))).toBe('accepted');
  });

  it('that is opened counts its tries, also a hundred at once, and can still be burnt by the right one', async () => {
    const { secret } = await challenges.issue(request({ maxAttempts: 5, data: { userId: 'u' } }));
    const proof = { purpose: 'verify_email', secret };
    expect((await challenges.open<{ userId: string }>(proof)).data.userId).toBe('u');
    const all = Array.from({ length: 100 }, () => outcome(challenges.open(proof)));
    expect(tally(await Promise.all(all))).toEqual({ accepted: 4, CHALLENGE_EXHAUSTED: 96 });
    expect(await outcome(challenges.burn(proof))).toBe('accepted');
    expect(await outcome(challenges.open(proof))).toBe('CHALLENGE_INVALID');
  });
});

describe('a code', () => {
  const purpose = 'email_code';
  const code = (facts: Partial<ChallengeRequest> = {}) => request({ purpose, form: 'code', ...facts });

  it('is six digits, good once', async () => {
    const { id, secret } = await challenges.issue(code());
    expect(secret).toMatch(/^\d{6}$/);
    expect(await outcome(challenges.burn({ purpose, id, code: secret }))).toBe('accepted');
    expect(await outcome(challenges.burn({ purpose, id, code: secret }))).toBe('CHALLENGE_INVALID');
  });

  it('is accepted once by thirty requests at the same time', async () => {
    const { id, secret } = await challenges.issue(code({ maxAttempts: 50 }));
    const all = Array.from({ length: 30 }, () => outcome(challenges.burn({ purpose, id, code: secret })));
    expect(tally(await Promise.all(all))).toEqual({ accepted: 1, CHALLENGE_INVALID: 29 });
  });

  it('is judged five times by a hundred wrong guesses at once, and then the right one is refused too', async () => {
    const { id, secret } = await challenges.issue(code({ maxAttempts: 5 }));
    const guesses = Array.from({ length: 100 }, () =>
      outcome(challenges.burn({ purpose, id, code: wrong(secret) })),
    );
    expect(tally(await Promise.all(guesses))).toEqual({ CHALLENGE_INVALID: 5, CHALLENGE_EXHAUSTED: 95 });
    expect(await outcome(challenges.burn({ purpose, id, code: secret }))).toBe('CHALLENGE_EXHAUSTED');
  });

  it('is still good at the last try', async () => {
    const { id, secret } = await challenges.issue(code({ maxAttempts: 3 }));
    await outcome(challenges.burn({ purpose, id, code: wrong(secret) }));
    await outcome(challenges.burn({ purpose, id, code: wrong(secret) }));
    expect(await outcome(challenges.burn({ purpose, id, code: secret }))).toBe('accepted');
  });

  it('of one request is not good for another of the same person', async () => {
    const first = await challenges.issue(code());
    let second = await challenges.issue(code());
    while (second.secret === first.secret) second = await challenges.issue(code());
    expect(await outcome(challenges.burn({ purpose, id: second.id, code: first.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
  });

  it('does not pass where its purpose or its form is another, and such tries cost it nothing', async () => {
    const { id, secret } = await challenges.issue(code({ maxAttempts: 1 }));
    const token = await challenges.issue(request({ maxAttempts: 1 }));
    expect(await outcome(challenges.burn({ purpose: 'other', id, code: secret }))).toBe('CHALLENGE_INVALID');
    expect(await outcome(challenges.burn({ purpose, secret }))).toBe('CHALLENGE_INVALID');
    expect(await outcome(challenges.burn({ purpose, secret: id }))).toBe('CHALLENGE_INVALID');
    expect(
      await outcome(challenges.burn({ purpose: 'verify_email', id: token.id, code: token.secret })),
    ).toBe('CHALLENGE_INVALID');
    expect(await outcome(challenges.burn({ purpose, id, code: secret, subject: 'user-2' }))).toBe(
      'CHALLENGE_INVALID',
    );
    expect(await outcome(challenges.burn({ purpose, id, code: secret }))).toBe('accepted');
    expect(await outcome(challenges.open({ purpose: 'verify_email', secret: token.secret }))).toBe(
      'accepted',
    );
  });

  it('outlives a change of the encryption key, and dies with the key', async () => {
    const old = serviceWith(OLD_KEY);
    const [kept, lost] = [await old.issue(code()), await old.issue(code())];
    const rotated = serviceWith(KEY, [OLD_KEY]);
    expect(await outcome(rotated.burn({ purpose, id: kept.id, code: kept.secret }))).toBe('accepted');
    expect(await outcome(challenges.burn({ purpose, id: lost.id, code: lost.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
  });

  it('has digits without a preference', async () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 300; i += 1) {
      const { secret } = await challenges.issue(code({ replaces: true }));
      for (const digit of secret) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    }
    const expected = (300 * 6) / 10;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Nine degrees of freedom: a fair source exceeds 33.7 once in ten thousand runs.
    expect(chiSquared).toBeLessThan(33.7);
  });
});

describe('a challenge that replaces', () => {
  it('leaves exactly one of twenty issued at once alive', async () => {
    const issued = await Promise.all(
      Array.from({ length: 20 }, () => challenges.issue(request({ replaces: true }))),
    );
    const all = issued.map(({ secret }) => outcome(challenges.burn({ purpose: 'verify_email', secret })));
    expect(tally(await Promise.all(all))).toEqual({ accepted: 1, CHALLENGE_INVALID: 19 });
  });

  it('touches neither other people nor other purposes, and can follow a used one', async () => {
    const other = await challenges.issue(request({ subject: 'user-2', replaces: true }));
    const purpose = await challenges.issue(request({ purpose: 'magic_link', replaces: true }));
    const first = await challenges.issue(request({ replaces: true }));
    await challenges.burn({ purpose: 'verify_email', secret: first.secret });
    const second = await challenges.issue(request({ replaces: true }));
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: second.secret }))).toBe(
      'accepted',
    );
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: other.secret }))).toBe(
      'accepted',
    );
    expect(await outcome(challenges.burn({ purpose: 'magic_link', secret: purpose.secret }))).toBe(
      'accepted',
    );
  });

  it('cannot be issued for nobody', async () => {
    await expect(challenges.issue(request({ subject: null, replaces: true }))).rejects.toThrow('replace');
  });
});

describe('the table', () => {
  it('holds no secret, and nothing a code could be guessed from', async () => {
    const token = await challenges.issue(request());
    const code = await challenges.issue(request({ form: 'code' }));
    const rows = await dump();
    expect(rows).not.toContain(token.secret);
    const stored = JSON.parse(rows) as { id: string; secret_hash: string }[];
    const { createHash } = await import('node:crypto');
    const bare = [code.secret, `${code.id}:${code.secret}`, `verify_email:${code.secret}`].map((value) =>
      createHash('sha256').update(value).digest(),
    );
    const hash = stored.find(({ id }) => id === code.id)?.secret_hash ?? '';
    for (const encoding of ['hex', 'base64url'] as const) {
      expect(bare.map((digest) => digest.toString(encoding))).not.toContain(hash);
    }
  });

  it('forgets a subject when told to, one purpose or all', async () => {
    const [a, b] = [
      await challenges.issue(request()),
      await challenges.issue(request({ purpose: 'magic_link' })),
    ];
    const kept = await challenges.issue(request({ subject: 'user-2' }));
    expect(await challenges.revokeFor({ subject: 'user-1', purpose: 'verify_email' })).toBe(1);
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: a.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
    expect(await challenges.revokeFor({ subject: 'user-1' })).toBe(1);
    expect(await outcome(challenges.burn({ purpose: 'magic_link', secret: b.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: kept.secret }))).toBe('accepted');
  });

  it('answers CHALLENGE_INVALID to whatever was never issued', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constant('\u0000'),
      fc.constant('x'.repeat(1e6)),
    );
    const ids = fc.oneof(text, fc.uuid(), fc.constant(newId()));
    await fc.assert(
      fc.asyncProperty(text, ids, async (secret, id) => {
        expect(await outcome(challenges.burn({ purpose: 'verify_email', secret }))).toBe('CHALLENGE_INVALID');
        expect(await outcome(challenges.open({ purpose: 'verify_email', secret }))).toBe('CHALLENGE_INVALID');
        expect(await outcome(challenges.burn({ purpose: 'verify_email', id, code: secret }))).toBe(
          'CHALLENGE_INVALID',
        );
      }),
      { numRuns: 60 },
    );
  });
});
