import { expect, test } from 'vitest';
import { StrengthMeter } from '../../../../src/features/login/password-strength/strength-meter.js';

/** What zxcvbn takes longest for: digits and signs that may all be letters. */
const SLOW = [...'4@8({[<3691!|0$5+7%2'.repeat(13)].toReversed().join('').slice(0, 256);

const meter = new StrengthMeter();

test('a password is estimated, with what is wrong and what would help', async () => {
  expect(await meter.measure({ password: 'password', words: [] })).toEqual({
    score: 0,
    warning: 'This is a heavily used password.',
    suggestions: ['Add more words that are less common.'],
    crackTime: 'less than a second',
  });
  expect(await meter.measure({ password: 'three blue kettles on a shelf', words: [] })).toMatchObject({
    score: 4,
    warning: null,
    suggestions: [],
    crackTime: 'centuries',
  });
});

test('words that everybody would guess make it weaker', async () => {
  const password = 'wolkenkuckucksheim';
  const { score } = await meter.measure({ password, words: [] });
  expect((await meter.measure({ password, words: ['Wolkenkuckucksheim'] })).score).toBeLessThan(score);
});

test('the event loop goes on while dictionaries load and the slowest passwords are estimated', async () => {
  const fresh = new StrengthMeter();
  let done = false;
  const measuring = Promise.all(
    Array.from({ length: 4 }, () => fresh.measure({ password: SLOW, words: [SLOW] })),
  ).finally(() => {
    done = true;
  });
  let turns = 0;
  for (; !done; turns += 1) await new Promise(setImmediate);
  await measuring;
  expect(turns).toBeGreaterThan(1_000);
});

test.each([
  ['nothing', ''],
  ['256 characters', 'x'.repeat(256)],
  ['characters of no keyboard', '\u0000\ud800\uffff👩‍👩‍👧'],
  ['names of what every object has', '__proto__constructor'],
])('%s can be estimated', async (_, password) => {
  const { score } = await meter.measure({ password, words: [password, '__proto__', ''] });
  expect([0, 1, 2, 3, 4]).toContain(score);
});

test('more than may wait are refused, and the others are answered', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, () => meter.measure({ password: 'kettle', words: [] })),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(40 - 33);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'SERVER_BUSY' } });
});

test('when its thread dies, one question is refused and the next is answered', async () => {
  const unreadable = { password: null, words: [] } as unknown as Parameters<StrengthMeter['measure']>[0];
  await expect(meter.measure(unreadable)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
  expect(await meter.measure({ password: 'kettle', words: [] })).toMatchObject({ score: 1 });
});
