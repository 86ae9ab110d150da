import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { PasswordHasher } from '../../../../src/platform/crypto/password-hash.js';

const cheap = { memoryKib: 1024, timeCost: 1, parallelism: 1, queueLimit: 64 };
const hasher = new PasswordHasher(cheap);

// "password" hashed by the reference command line: m=256 KiB, t=2, p=1, salt "somesalt" (phc-winner-argon2, test.c).
const REFERENCE = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';

test('a hash names its algorithm and costs in the order that the reference library reads', async () => {
  const phc = await hasher.hash('correct horse battery');
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
});

test('only the password that was hashed matches, and two hashes of it differ', async () => {
  const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
  expect(one).not.toBe(other);
  expect(await hasher.verify(one, 'correct horse')).toBe(true);
  expect(await hasher.verify(other, 'correct horse')).toBe(true);
  expect(await hasher.verify(one, 'correct horsE')).toBe(false);
  expect(await hasher.verify(one, '')).toBe(false);
});

test('a hash of the C reference implementation matches', async () => {
  expect(await hasher.verify(REFERENCE, 'password')).toBe(true);
  expect(await hasher.verify(REFERENCE, 'Password')).toBe(false);
});

test('a hash whose costs are written m,p,t matches too', async () => {
  const reordered = REFERENCE.replace('m=256,t=2,p=1', 'm=256,p=1,t=2');
  expect(await hasher.verify(reordered, 'password')).toBe(true);
  expect(hasher.needsRehash(reordered)).toBe(true);
});

test('the same characters typed on another keyboard match', async () => {
  const phc = await hasher.hash('Zürich\u00a0ﬁve');
  expect(await hasher.verify(phc, 'Zu\u0308rich five')).toBe(true);
});

const [, , , , salt = '', digest = ''] = REFERENCE.split('$');

test.each([
  '',
  'plain',
  '$2b$10$abcdefghijklmnopqrstuuJZ0nA',
  REFERENCE.replace('argon2id', 'argon2i'),
  REFERENCE.replace('v=19', 'v=16'),
  REFERENCE.replace('m=256', 'm=4294967295'),
  REFERENCE.replace('m=256', 'm=99999999'),
  REFERENCE.replace('m=256', 'm=4'),
  REFERENCE.replace('t=2', 't=0'),
  REFERENCE.replace('t=2', 't=9999999'),
  REFERENCE.replace('p=1', 'p=0'),
  REFERENCE.replace('p=1', 'p=99'),
  REFERENCE.replace('t=2', 'm=2'),
  REFERENCE.replace(salt, ''),
  REFERENCE.replace(salt, 'short'),
  REFERENCE.replace(digest, ''),
  REFERENCE.replace(digest, '!'),
  REFERENCE.slice(0, -1),
  `${REFERENCE}\n`,
  `${REFERENCE}$x`,
])('a malformed or absurd hash matches nothing and is no error: %s', async (phc) => {
  expect(await hasher.verify(phc, 'password')).toBe(false);
  expect(hasher.needsRehash(phc)).toBe(true);
});

test('a hash asks to be replaced when any cost has changed', async () => {
  const phc = await hasher.hash('x');
  expect(hasher.needsRehash(phc)).toBe(false);
  for (const change of [{ memoryKib: 2048 }, { timeCost: 2 }, { parallelism: 2 }]) {
    expect(new PasswordHasher({ ...cheap, ...change }).needsRehash(phc)).toBe(true);
  }
});

test('an unknown user costs a verification too: it takes a place in the queue and never matches', async () => {
  const narrow = new PasswordHasher({ ...cheap, queueLimit: 1 });
  const started = Array.from({ length: availableParallelism() + 1 }, () => narrow.verifyDummy('anything'));
  await expect(narrow.verifyDummy('one more')).rejects.toMatchObject({ code: 'SERVER_BUSY' });
  expect(await Promise.all(started)).not.toContain(true);
});

test('the event loop goes on while hashes run', async () => {
  const slow = new PasswordHasher({ ...cheap, memoryKib: 19_456, timeCost: 2 });
  const order: string[] = [];
  const hashing = slow.hash('x').then(() => order.push('hash'));
  await new Promise(setImmediate);
  order.push('loop');
  await hashing;
  expect(order).toEqual(['loop', 'hash']);
});

test('a flood of logins is refused beyond the queue, and the rest are answered', async () => {
  const small = new PasswordHasher({ ...cheap, queueLimit: 4 });
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => small.hash('x')));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(20 - 4 - availableParallelism());
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ reason: { code: 'SERVER_BUSY', retryAfter: expect.any(Number) } });
  }
});
