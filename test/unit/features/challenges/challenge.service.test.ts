import { describe, expect, it } from 'vitest';
import type { ChallengeRequest } from '../../../../src/features/challenges/challenge.service.js';
import {
  challenges,
  KEY,
  later,
  OLD_KEY,
  outcome,
  prepareChallenges,
  request,
  serviceWith,
  tally,
  wrong,
} from './challenge-fixture.js';

prepareChallenges();

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
