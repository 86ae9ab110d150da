import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  passwordFaults,
  type PasswordRules,
} from '../../../../src/features/login/methods/password/password.policy.js';

const rules: PasswordRules = { minLength: 12, requireSymbol: false, context: [] };

function codes(password: string, changed: Partial<PasswordRules> = {}): string[] {
  return passwordFaults(password, { ...rules, ...changed }).map(({ code }) => code);
}

test.each([
  '   a quiet lake  ',
  'abc def ghi jkm',
  'three blue kettles on a shelf',
  'correct horse battery staple',
  '830516294737',
  '90417263',
  '🦊🐙🌵🧭🪁🫖🛶🧶🪴🥝🧲🪩',
  'схватил муху воробей',
  '山田の犬は毎日三回だけ吠える。',
  'LONGUPPERCASEONLYTEXT',
  'yellowsubmarinepark',
  'love 🦊🐙🌵🧭🪁🫖',
  'l🦊o🐙v🌵e🧭',
  'M\u0000x\u0007 bell and null\u0000!',
  '..,,;;::!?-_#+*~',
  'sunshine 83920174657',
])('any kind of characters will do: %j', (password) => {
  expect(codes(password, { minLength: 8 })).toEqual([]);
});

test('twelve digits at random are accepted', () => {
  // Not by chance: a fixed seed, because one in some hundred thousand is a sequence.
  fc.assert(
    fc.property(fc.stringMatching(/^\d{12}$/), (password) => {
      const accepted = codes(password).length === 0;
      return (
        accepted ||
        /(.+)\1|012|123|234|345|456|567|678|789|890|987|876|765|654|543|432|321|210/.test(password)
      );
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test.each([
  ['eleven char', ['TOO_SHORT']],
  ['twelve chars', []],
  ['👩‍👩‍👧 four', ['TOO_SHORT']],
  // One code point each, though two units of UTF-16.
  ['𝒳'.repeat(3) + '🦊🐙🌵🧭🪁🫖🛶🧶', ['TOO_SHORT']],
  // The ligature is three letters after NFKC, the Korean syllable is one from three.
  ['ﬃ quiet lak', []],
  ['\u1112\u1161\u11ab quiet lak', ['TOO_SHORT']],
  ['kettles on a '.repeat(20).slice(0, 256), []],
  ['kettles on a '.repeat(20).slice(0, 257), ['TOO_LONG']],
  ['ﬃ'.repeat(100), ['TOO_LONG']],
])('characters are counted after NFKC, as code points: %j', (password, expected) => {
  expect(codes(password)).toEqual(expected);
});

test('each reason is a code and a sentence, and all that apply are told', () => {
  expect(passwordFaults('Password1', { ...rules, requireSymbol: true })).toEqual([
    { code: 'TOO_SHORT', message: 'It needs at least 12 characters.' },
    { code: 'SYMBOL_MISSING', message: 'It needs a character that is neither letter nor digit nor space.' },
    { code: 'COMMON', message: 'It is a common password, or one with little changed.' },
  ]);
});

test.each([
  ['quiet lake 4 me', false],
  ['größe ñandú الليل ٣٤', false],
  ['zu\u0308rich-free'.normalize('NFD').replace('-', ' '), false],
  ['quiet\u00a0lake\tfor me', false],
  ['quiet-lake 4 me', true],
  ['quiet lake 4 🦊', true],
  ['quiet lake for 5 €', true],
  ['静かな湖で泳ぐ。はい', true],
])('where a symbol is asked for, it is one in any script: %j', (password, accepted) => {
  const found = codes(password, { requireSymbol: true, minLength: 8 });
  expect(found).toEqual(accepted ? [] : ['SYMBOL_MISSING']);
});

test.each([
  'Password1234!',
  'PASSWORD2024',
  'p4ssw0rd2024',
  'P@$$w0rd12345',
  'pa55w0rd!!!!!!',
  'ｐａｓｓｗｏｒｄ１２３４',
  'pässwörd1234',
  'p a s s w o r d',
  'pass-word-1234',
  'passwordpassword',
  'Password Password1',
  'password1234567890',
  'qwertyuiop12',
  '12qwertyuiop',
  '!!!letmein!!!',
  '2023sunshine',
  'iloveyou2024',
  'I love you 2024',
  '1love.you',
  'm0nkey839201',
  'he110kitty123',
  'trustno1trustno1',
  '1qaz2wsx3edc',
  '1q2w3e4r5t6y',
  'administrator',
  'Administrator1!',
  'motherfucker',
  'unbelievable',
  'admin18533362',
])('a common password is refused in every disguise: %s', (password) => {
  expect(codes(password, { minLength: 8 })).toContain('COMMON');
});

test.each([
  'aaaaaaaaaaaa',
  '            ',
  '............',
  '🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊',
  '123456789012',
  '012345678901',
  '098765432109',
  'abcdefghijkl',
  'ABCDEFGHIJKL',
  'lkjihgfedcba',
  'abcabcabcabc',
  'abcabcabcabca',
  'xK9#mQxK9#mQ',
  'abcdef123456',
  'aaaabbbbcccc',
  '111222333444',
  'qwertyuiopas',
  'poiuytrewqlkj',
  'asdfghjklzxcv',
  'qwertzuiopas',
  'азбабвгдежзий'.slice(2),
  'aaaaaaaaaaaab',
  'a1b2c3d4e5f6',
  '9z8y7x6w5v4u',
  '!abcdefghijk',
])('what is repeated or a sequence is refused: %s', (password) => {
  expect(codes(password)).toContain('PATTERN');
});

const account = ['jo.kowalski@meadow-bank.example', 'jkowal77', 'Joanna Kowalski', null, 'Example Shop'];

test.each([
  'JoannaKowalski',
  'joanna-kowalski',
  'Kowalski1987!',
  'kowalski19870412',
  'K0w4lski1987!!',
  'j.o.a.n.n.a.1987',
  'JöannaKöwalski',
  'jokowalski12',
  'meadowbank2024',
  'MeadowBank!!!!',
  'example shop 1',
  'ExampleShop99',
  'jkowal77jkowal77',
  'my Kowalski 77',
  'kowalski-password',
  'kowalski sunshine',
  'Joanna Kowalski Example Shop',
])('a password that is little more than the words around it is refused: %s', (password) => {
  expect(codes(password, { context: account, minLength: 8 })).toContain('PERSONAL');
});

test.each([
  'Kowalski likes green tea',
  'the meadow behind our house',
  'jo jo jo ho ho ho he',
  'kowalski 839201746',
  'a shop for kettles',
])('a word of the account in a good password is no harm: %s', (password) => {
  expect(codes(password, { context: account })).toEqual([]);
});

test('without a name or address, and with ones of a few letters, nothing is personal', () => {
  for (const context of [[], [null], ['', '@', 'a@b.c'], ['Al', 'x'.repeat(2)]]) {
    expect(codes('al and x live at b', { context })).toEqual([]);
  }
});

test('whatever is typed is judged, and never passes by being odd', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.string({ unit: 'binary' })),
      (password, context) => {
        const found = codes(password, { context });
        if ([...password.normalize('NFKC')].length < 12) expect(found).toContain('TOO_SHORT');
      },
    ),
  );
});

test('a common password stays one whatever follows it, up to eight digits or signs', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('sunshine', 'monkey', 'letmein', 'qwerty', 'iloveyou', 'dr4gon', 'P@ssw0rd'),
      fc.stringMatching(/^[0-9!"#%&'()*,./:;<=>?^_`{}~-]{4,8}$/),
      (word, tail) => {
        expect(codes(word + tail, { minLength: 8 })).toContain('COMMON');
      },
    ),
  );
});
