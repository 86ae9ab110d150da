import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { isImportableHash } from '../../../../src/platform/crypto/foreign-hash.js';
import { PasswordHasher } from '../../../../src/platform/crypto/password-hash.js';

// A new one for each test: one that has met a costly hash keeps everybody waiting (even-pace.test.ts).
let hasher: PasswordHasher;
beforeEach(() => {
  hasher = new PasswordHasher({ memoryKib: 1024, timeCost: 1, parallelism: 1, queueLimit: 64 });
});

const hex = (text: string) => Buffer.from(text, 'hex').toString('base64').replaceAll('=', '');

const HORSE = 'correct horse';
const SALT = 'c2l4dGVlbiBieXRlIHNhbA';
const SCRYPT = `$scrypt$ln=14,r=8,p=1$${SALT}$GNfGKqaR3RLYHUFISbDDIayxopOSkSPsQUrzHr2kl60`;
const PBKDF2 = `$pbkdf2-sha256$i=10000$${SALT}$sAjhv7uqDhKmeMI7JoYQUTkkMcZzQqGBM7tEptz1CJQ`;
const PBKDF2_512 = `$pbkdf2-sha512$i=10000$${SALT}$p7NCOlwlgsKEY0IkRcbkabXem6Q4XaYxbsX/6oZGmO+a0D9AQPEMX9lMzpd9OR5WdMiG9NfBASlxUfkszGqO+g`;
const BCRYPT = '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2';
const ARGON2 = `$argon2id$v=19$m=512,t=3,p=2$${SALT}$zqudnBUBBq53zIGZtCN8AaCV05bB1YJZ`;

/** Made by other programs than those that verify them here. */
const VECTORS: readonly (readonly [made: string, text: string, password: string])[] = [
  ['crypt_blowfish 1', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['crypt_blowfish 2', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
  ['crypt_blowfish 3', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a', 'U*U*U'],
  ['crypt_blowfish, empty', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy', ''],
  ['libxcrypt 2a', '$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2', HORSE],
  ['libxcrypt 2b', BCRYPT, HORSE],
  ['libxcrypt 2y', '$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2', HORSE],
  [
    'RFC 7914 §12',
    `$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$${hex(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    )}`,
    'pleaseletmein',
  ],
  ['hashlib scrypt', SCRYPT, HORSE],
  [
    'hashlib scrypt, other costs',
    `$scrypt$ln=10,r=16,p=4$${SALT}$ixIMo4U3NK7FmaUB8DSZ8HT2zEwCPIA6lRp/av4cxgaqg3+x7eWz/J1++nPiYsOyAK9ixfAMtjBGz4d/QoBV4g`,
    HORSE,
  ],
  [
    'scrypt as Django writes it',
    'scrypt$16384$saltsaltsalt$8$1$GrCz5Zbdu5PgQQ7W7J4QjlydxqDEBbXC3ZPV9ySVDDObaTPCnoGxp500dnC4lrOSrSTRwpmW5IwhY/rrjarGVQ==',
    HORSE,
  ],
  [
    'RFC 6070',
    `$pbkdf2-sha1$i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$${hex(
      '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038',
    )}`,
    'passwordPASSWORDpassword',
  ],
  ['hashlib SHA-1', `$pbkdf2-sha1$i=10000$${SALT}$97ggJGtlYGdAXFb/bUubgkETFa4`, HORSE],
  ['hashlib SHA-256', PBKDF2, HORSE],
  ['hashlib SHA-512', PBKDF2_512, HORSE],
  [
    'hashlib SHA-256, with a length',
    `$pbkdf2-sha256$i=10000,l=48$${SALT}$sAjhv7uqDhKmeMI7JoYQUTkkMcZzQqGBM7tEptz1CJRNm1GcB3JU5oOSnTKu3/de`,
    HORSE,
  ],
  [
    'SHA-256 as passlib writes it',
    '$pbkdf2-sha256$29000$.Pn6./z9/v/w8fLz9PX29w$vpliEHKVTDkpLxUuyQuOgyTbL7TfyRO7nuCoQkK.mi4',
    HORSE,
  ],
  [
    'SHA-512 as passlib writes it',
    '$pbkdf2-sha512$25000$.Pn6./z9/v/w8fLz9PX29w$lTe6xeLJrFAXg6b/rXgIN7IeRkzBVciwQp8Lc0CODHOaIl2wrY.bf.goHKaEXaK0UXg5deIBTVvzL9EzW84XxQ',
    HORSE,
  ],
  ['SHA-1 as passlib writes it', '$pbkdf2$131000$.Pn6./z9/v/w8fLz9PX29w$jmqSLEovONA5TUr2Y3a1ekJ8.Bg', HORSE],
  [
    'SHA-256 as Django writes it',
    'pbkdf2_sha256$20000$seasaltsalt1$1PbwQvjs9+R7lKgV2dvJKPG+YGiJfsXtU1rRIrZ4w9A=',
    HORSE,
  ],
  ['SHA-1 as Django writes it', 'pbkdf2_sha1$20000$seasaltsalt1$FZs4ZYfy+9RgUjZYVlat+TQpvbE=', HORSE],
  [
    'phc-winner-argon2, test.c',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    'password',
  ],
  ['@noble/hashes argon2d', `$argon2d$v=19$m=512,t=3,p=2$${SALT}$Fy6n06kxfBx22/gjvbMKxBHDPYNdevs1`, HORSE],
  ['@noble/hashes argon2i', `$argon2i$v=19$m=512,t=3,p=2$${SALT}$R2n4PWNGo0dQsbmdFFVJfEtljb9oCg8d`, HORSE],
  ['@noble/hashes argon2id', ARGON2, HORSE],
];

describe.each(VECTORS)('a hash by %s', (_made, text, password) => {
  test('is importable, matches its password alone, and asks to be replaced', async () => {
    expect(isImportableHash(text)).toBe(true);
    expect(await hasher.verify(text, password)).toBe(true);
    expect(await hasher.verify(text, `${password}.`)).toBe(false);
    expect(await hasher.verify(text, password.slice(1) || ' ')).toBe(false);
    expect(hasher.needsRehash(text)).toBe(true);
  });

  test('matches nothing once a character of salt or digest is another', async () => {
    const last = text.replace(/=*$/, '').lastIndexOf('$') + 3;
    const changed = text.slice(0, last) + (text[last] === 'A' ? 'B' : 'A') + text.slice(last + 1);
    expect(await hasher.verify(changed, password)).toBe(false);
  });
});

test('a hash of today is importable and need not be replaced', async () => {
  const text = await hasher.hash(HORSE);
  expect([isImportableHash(text), hasher.needsRehash(text)]).toEqual([true, false]);
});

test('an argon2id hash of today’s costs with a short salt or digest is to be replaced', async () => {
  const [, , , , salt = '', digest = ''] = (await hasher.hash(HORSE)).split('$');
  const [, ...rest] = (await hasher.hash(HORSE)).split('$');
  const phc = (changedSalt: string, changedDigest: string) =>
    `$${[...rest.slice(0, 3), changedSalt, changedDigest].join('$')}`;
  expect(hasher.needsRehash(phc(salt, digest))).toBe(false);
  expect(hasher.needsRehash(phc(salt.slice(0, 16), digest))).toBe(true);
  expect(hasher.needsRehash(phc(salt, digest.slice(0, 32)))).toBe(true);
});

describe('characters that NFKC changes', () => {
  const typed = 'zu\u0308rich ﬁve';

  test('are tried as they were typed, because other systems hashed them so', async () => {
    const asTyped = 'pbkdf2_sha256$20000$seasaltsalt1$UhDhoEzcz9pYgmXZeORtxevB4tFIG/BxNjp94dJSs3k=';
    expect(await hasher.verify(asTyped, typed)).toBe(true);
    expect(await hasher.verify(asTyped, typed.normalize('NFKC'))).toBe(false);
  });

  test('are tried in NFKC too, whatever made the hash', async () => {
    expect(await hasher.verify(await hasher.hash(typed), typed)).toBe(true);
    const composed = '$2b$04$abcdefghijklmnopqrstuuckDsHBtKy4deCnIjC1.GadH5lXkUCyW';
    expect(await hasher.verify(composed, 'zürich ﬁve')).toBe(true);
  });
});

describe('bcrypt', () => {
  const OF_72 = '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i';

  test('reads 72 bytes of a password, as where the hash was made', async () => {
    expect(await hasher.verify(OF_72, 'x'.repeat(72))).toBe(true);
    expect(await hasher.verify(OF_72, 'x'.repeat(100))).toBe(true);
    expect(await hasher.verify(OF_72, 'x'.repeat(71))).toBe(false);
  });

  test('takes no password with a NUL, which it would read as several', async () => {
    expect(await hasher.verify(BCRYPT, HORSE)).toBe(true);
    for (const odd of [`${HORSE}\0${HORSE}`, `${HORSE}\0`, `\0${HORSE}`, `${HORSE}\0x`]) {
      expect(await hasher.verify(BCRYPT, odd)).toBe(false);
    }
  });
});

test.each([
  '',
  'plain',
  '5f4dcc3b5aa765d61d8327deb882cf99',
  '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/',
  '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/',
  '{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3',
  BCRYPT.replace('$2b$', '$2$'),
  BCRYPT.replace('$2b$', '$2x$'),
  BCRYPT.replace('$05$', '$03$'),
  BCRYPT.replace('$05$', '$15$'),
  BCRYPT.replace('$05$', '$31$'),
  BCRYPT.replace('$05$', '$5$'),
  BCRYPT.replace('uuHN', 'uvHN'),
  BCRYPT.replace(/2$/, '3'),
  BCRYPT.slice(0, -1),
  `${BCRYPT}\n`,
  `bcrypt$${BCRYPT}`,
  SCRYPT.replace('ln=14', 'ln=0'),
  SCRYPT.replace('ln=14', 'ln=20'),
  SCRYPT.replace('ln=14', 'ln=99'),
  SCRYPT.replace('p=1', 'p=0'),
  SCRYPT.replace('p=1', 'p=99'),
  SCRYPT.replace('r=8', 'r=0'),
  SCRYPT.replace('r=8', 'r=999'),
  SCRYPT.replace('ln=14,r=8', 'ln=16,r=1'),
  SCRYPT.replace(SALT, 'c2hvcnQ'),
  SCRYPT.replace(SALT, SALT.repeat(5)),
  SCRYPT.replace(/\$[^$]+$/, '$GNfGKqaR3RLYHUE'),
  SCRYPT.replace(/\$[^$]+$/, `$${SALT.repeat(5)}`),
  SCRYPT.replace('GNfG', 'GN_G'),
  `${SCRYPT}=`,
  'scrypt$16383$saltsaltsalt$8$1$GrCz5Zbdu5PgQQ7W7J4Qjg==',
  'scrypt$9999999$saltsaltsalt$8$1$GrCz5Zbdu5PgQQ7W7J4Qjg==',
  PBKDF2.replace('i=10000', 'i=0'),
  PBKDF2.replace('i=10000', 'i=3000001'),
  PBKDF2.replace('i=10000', 'i=99999999'),
  PBKDF2.replace('i=10000', 'i=10000,l=31'),
  PBKDF2.replace('sha256', 'md5'),
  PBKDF2.replace('sha256', 'constructor'),
  `$pbkdf2-sha1$i=1000000$${SALT}$${PBKDF2_512.split('$')[4]}`,
  'pbkdf2_sha256$20000$short$1PbwQvjs9+R7lKgV2dvJKPG+YGiJfsXtU1rRIrZ4w9A=',
  'pbkdf2_md5$20000$seasaltsalt1$1PbwQvjs9+R7lKgV2dvJKPG+YGiJfsXtU1rRIrZ4w9A=',
  ARGON2.replace('v=19', 'v=16'),
  ARGON2.replace('m=512', 'm=262145'),
  ARGON2.replace('m=512,t=3', 'm=262144,t=5'),
  ARGON2.replace('t=3', 't=21'),
  ARGON2.replace('p=2', 'p=17'),
  ARGON2.replace(SALT, 'c2hvcnQ'),
])('what cannot be verified, or only at an absurd cost, is not importable: %s', async (text) => {
  expect(isImportableHash(text)).toBe(false);
});

test.each([
  BCRYPT.replace('$05$', '$14$'),
  SCRYPT.replace('ln=14', 'ln=17'),
  SCRYPT.replace('ln=14,r=8', 'ln=15,r=1'),
  PBKDF2.replace('i=10000', 'i=3000000'),
  PBKDF2_512.replace('i=10000', 'i=600000'),
  ARGON2.replace('m=512,t=3', 'm=262144,t=4'),
  ARGON2.replace('m=512,t=3,p=2', 'm=102400,p=8,t=2'),
])('what others take for a good cost is importable: %s', (text) => {
  expect(isImportableHash(text)).toBe(true);
});

describe('a malformed hash', () => {
  /** A vector of ours with something cut, doubled or replaced. */
  const damaged = fc
    .tuple(
      fc.constantFrom(...VECTORS.map(([, text]) => text), SALT),
      fc.nat(200),
      fc.nat(5),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    .map(([text, at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));

  test('is judged without an error, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' })), (text) => {
        expect([true, false]).toContain(isImportableHash(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('matches nothing, and is no error either', async () => {
    // Of unlike costs that would be verified, one run is as good as another: they are left to those above.
    const cheap = damaged.filter((text) => !isImportableHash(text));
    await fc.assert(
      fc.asyncProperty(cheap, fc.string({ unit: 'binary' }), async (text, password) => {
        expect(await hasher.verify(text, password)).toBe(false);
        expect(hasher.needsRehash(text)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

test('hashes of other systems wait in the queue like ours', async () => {
  const narrow = new PasswordHasher({ memoryKib: 1024, timeCost: 1, parallelism: 1, queueLimit: 1 });
  const outcomes = await Promise.allSettled(
    [BCRYPT, SCRYPT, PBKDF2, ARGON2, BCRYPT, SCRYPT, PBKDF2, ARGON2, BCRYPT].flatMap((text) =>
      Array.from({ length: 8 }, () => narrow.verify(text, HORSE)),
    ),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'SERVER_BUSY' } });
});

test('after a costly hash of another system, a verification for nobody lasts as long', async () => {
  const lasting = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  const costly = await lasting(() => hasher.verify(SCRYPT, HORSE));
  // Half of it: what is measured here holds more than the hash. A second is the most that anybody is held.
  expect(await lasting(() => hasher.verifyDummy(HORSE))).toBeGreaterThan(Math.min(costly, 1_000) / 2);
});
