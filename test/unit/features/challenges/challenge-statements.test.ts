import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../../src/kernel/id.js';
import { challenges, outcome, prepareChallenges, query, request, tally } from './challenge-fixture.js';

prepareChallenges();

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
    const rows = JSON.stringify(await query('select * from challenges'));
    expect(rows).not.toContain(token.secret);
    const stored = JSON.parse(rows) as { id: string; secret_hash: string }[];
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
