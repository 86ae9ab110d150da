import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuthError } from '../../../../src/kernel/errors.js';
import { readProfile } from '../../../../src/features/users/profile.policy.js';

/** The field that a refusal names, or its code. */
function refusalOf(input: Parameters<typeof readProfile>[0]): string {
  try {
    readProfile(input);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const [fault] = (error.details?.['fields'] ?? []) as { field: string }[];
    return fault?.field ?? error.code;
  }
  return 'accepted';
}

const nested = (levels: number): object => (levels === 0 ? {} : { deeper: nested(levels - 1) });

test('what is absent stays, and null clears', () => {
  expect(readProfile({})).toEqual({});
  expect(
    readProfile({ displayName: null, username: null, locale: null, pictureUrl: null, metadata: null }),
  ).toEqual({ displayName: null, username: null, locale: null, pictureUrl: null, metadata: {} });
});

test('every value is brought into its one form', () => {
  expect(
    readProfile({
      displayName: '  Ada  ',
      username: ' ＡＤＡ ',
      locale: 'DE-at',
      pictureUrl: 'https://EXAMPLE.com/a b.png',
      metadata: Object.assign(Object.create(null) as Record<string, unknown>, { theme: 'dark' }),
    }),
  ).toEqual({
    displayName: 'Ada',
    username: 'ada',
    locale: 'de-AT',
    pictureUrl: 'https://example.com/a%20b.png',
    metadata: { theme: 'dark' },
  });
});

test('whatever else an input holds goes nowhere', () => {
  const smuggled = { displayName: 'Ada', status: 'active', emailVerifiedAt: new Date(), id: 'x' };
  expect(readProfile(smuggled)).toEqual({ displayName: 'Ada' });
});

describe('a display name', () => {
  test('has up to 200 characters, however many bytes they take', () => {
    expect(readProfile({ displayName: '👩'.repeat(200) }).displayName).toHaveLength(400);
    expect(refusalOf({ displayName: 'x'.repeat(201) })).toBe('displayName');
  });

  test('of nothing but blanks is none', () => {
    expect(readProfile({ displayName: '   ' })).toEqual({ displayName: null });
    expect(readProfile({ displayName: '' })).toEqual({ displayName: null });
  });

  test.each(['two\nlines', 'a\u2028b', 'a\u202eb', 'a\u2066b', 'a\u0085b'])(
    'neither breaks a line nor turns its direction: %j',
    (displayName) => expect(refusalOf({ displayName })).toBe('displayName'),
  );
});

describe('a locale', () => {
  test.each(['en', 'de-AT', 'zh-Hant-TW', 'sr-Latn'])('may be %s', (locale) =>
    expect(readProfile({ locale })).toEqual({ locale }),
  );

  test.each([
    '',
    'x',
    'deutsch_AT',
    'de-',
    '../../etc/passwd',
    'en-US-u-ca-buddhist-nu-thai-hc-h12-co-phonebk',
  ])('may not be "%s"', (locale) => expect(refusalOf({ locale })).toBe('locale'));
});

describe('a picture', () => {
  test.each([
    'http://example.com/a.png',
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    '//example.com/a.png',
    'https://user:password@example.com/a.png',
    'https://user@example.com/a.png',
    'https://',
    'nonsense',
    `https://example.com/${'x'.repeat(2000)}`,
    `https://example.com/${'ä'.repeat(1000)}`,
  ])('is not at %s', (pictureUrl) => expect(refusalOf({ pictureUrl })).toBe('pictureUrl'));
});

describe('metadata', () => {
  test('has up to 4096 bytes as JSON', () => {
    const frame = JSON.stringify({ a: '' }).length;
    expect(refusalOf({ metadata: { a: 'x'.repeat(4096 - frame) } })).toBe('accepted');
    expect(refusalOf({ metadata: { a: 'x'.repeat(4097 - frame) } })).toBe('metadata');
    expect(refusalOf({ metadata: { a: 'ä'.repeat(2050) } })).toBe('metadata');
  });

  test('has up to eight levels', () => {
    expect(refusalOf({ metadata: { root: nested(6) } })).toBe('accepted');
    expect(refusalOf({ metadata: { root: nested(7) } })).toBe('metadata');
    expect(refusalOf({ metadata: { root: [[[[[[[[]]]]]]]] } })).toBe('metadata');
  });

  test.each(['{"__proto__":{"admin":true}}', '{"a":[{"constructor":1}]}', '{"prototype":null}'])(
    'holds no key that reaches the prototype of all objects: %s',
    (text) => expect(refusalOf({ metadata: JSON.parse(text) })).toBe('metadata'),
  );

  test('comes out as it went in, or is refused', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (metadata) => {
        if (refusalOf({ metadata }) !== 'accepted') return;
        expect(readProfile({ metadata }).metadata).toEqual(JSON.parse(JSON.stringify(metadata)));
      }),
    );
  });
});
