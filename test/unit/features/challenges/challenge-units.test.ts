import { describe, expect, it } from 'vitest';
import {
  challenges,
  inUnit,
  later,
  outcome,
  prepareChallenges,
  query,
  request,
  tally,
} from './challenge-fixture.js';

prepareChallenges();

const UNDONE = new Error('undone');
const rows = async (): Promise<number> => {
  const [row] = (await query('select count(*)::int as n from challenges')) as { n: number }[];
  return row?.n ?? Number.NaN;
};

describe('a challenge issued within a unit', () => {
  it('is as good as any other once the unit has committed', async () => {
    const data = { email: 'a@example.com', nested: { list: [1, '?', '$1'] } };
    const { secret } = await inUnit((unit) => challenges.issueWithin(unit, request({ data })));
    expect(await challenges.burn({ purpose: 'verify_email', secret })).toMatchObject({
      subject: 'user-1',
      data,
    });
  });

  it('never was when the unit is undone, and leaves alive what it would have replaced', async () => {
    const first = await challenges.issue(request({ replaces: true }));
    let second = '';
    const undone = inUnit(async (unit) => {
      ({ secret: second } = await challenges.issueWithin(unit, request({ replaces: true })));
      throw UNDONE;
    });
    await expect(undone).rejects.toBe(UNDONE);
    const burn = (secret: string) => outcome(challenges.burn({ purpose: 'verify_email', secret }));
    expect(await burn(second)).toBe('CHALLENGE_INVALID');
    expect(await burn(first.secret)).toBe('accepted');
  });
});

describe('a challenge that replaces', () => {
  it('is one row more each time, so that the number of rows tells nothing', async () => {
    for (const expected of [1, 2, 3]) {
      await challenges.issue(request({ replaces: true }));
      expect(await rows()).toBe(expected);
    }
  });

  it('is found by purpose and subject while it is alive, and no other is', async () => {
    const found = () => challenges.findId({ purpose: 'verify_email', slot: 'user-1' });
    await challenges.issue(request());
    await challenges.issue(request({ subject: 'user-2', replaces: true }));
    expect(await found()).toBeNull();
    await challenges.issue(request({ replaces: true }));
    const { id, secret } = await challenges.issue(request({ replaces: true }));
    expect(await found()).toBe(id);
    later(600);
    expect(await found()).toBeNull();
    later(-600);
    await challenges.burn({ purpose: 'verify_email', secret });
    expect(await found()).toBeNull();
  });

  it('makes the one before read as invalid, not as expired', async () => {
    const first = await challenges.issue(request({ replaces: true }));
    await challenges.issue(request({ replaces: true }));
    later(601);
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret: first.secret }))).toBe(
      'CHALLENGE_INVALID',
    );
  });
});

describe('a token burnt within a unit', () => {
  it('is used up by one of thirty at once', async () => {
    const { secret } = await challenges.issue(request());
    const burn = () =>
      outcome(inUnit((unit) => challenges.burnWithin(unit, { purpose: 'verify_email', secret })));
    const outcomes = await Promise.all(Array.from({ length: 30 }, burn));
    expect(tally(outcomes)).toEqual({ accepted: 1, CHALLENGE_INVALID: 29 });
  });

  it('stays good when the unit is undone', async () => {
    const { secret } = await challenges.issue(request());
    const undone = inUnit(async (unit) => {
      await challenges.burnWithin(unit, { purpose: 'verify_email', secret });
      throw UNDONE;
    });
    await expect(undone).rejects.toBe(UNDONE);
    expect(await outcome(challenges.burn({ purpose: 'verify_email', secret }))).toBe('accepted');
  });

  it('is refused when it has expired, was never issued, or is for something or somebody else', async () => {
    const { secret } = await challenges.issue(request());
    const burn = (proof: object) =>
      outcome(inUnit((unit) => challenges.burnWithin(unit, { purpose: 'verify_email', secret, ...proof })));
    expect(await burn({ purpose: 'magic_link' })).toBe('CHALLENGE_INVALID');
    expect(await burn({ subject: 'user-2' })).toBe('CHALLENGE_INVALID');
    expect(await burn({ secret: 'x'.repeat(43) })).toBe('CHALLENGE_INVALID');
    expect(await burn({ secret: 'x'.repeat(1e6) })).toBe('CHALLENGE_INVALID');
    later(601);
    expect(await burn({})).toBe('CHALLENGE_EXPIRED');
  });
});
