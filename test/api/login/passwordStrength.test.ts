import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/logger.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { type RangeServer, startRangeServer } from '../../support/range-server.js';

const QUERY = `query ($input: PasswordStrengthInput!) {
  passwordStrength(input: $input) { score reasons { code message } warning suggestions crackTime } }`;

const lines: string[] = [];
let ranges: RangeServer;
let app: TestApp;
beforeAll(async () => {
  ranges = await startRangeServer();
  const passwords = { breachCheck: true, breachCheckUrl: ranges.url, minLength: 14 };
  const logger = createLogger({ level: 'debug' }, { write: (line) => void lines.push(line) });
  app = await startTestApp({ config: { passwords }, logger });
});
afterAll(async () => {
  await app.close();
  await ranges.close();
});

async function strengthOf(password: unknown, context?: unknown): Promise<Answer> {
  const input = { password, ...(context === undefined ? {} : { context }) };
  return await app.client().send(QUERY, { input });
}

test('a bad password is told from a good one, with the reasons of this server’s policy', async () => {
  expect((await strengthOf('Password1')).data?.['passwordStrength']).toEqual({
    score: 0,
    reasons: [
      { code: 'TOO_SHORT', message: 'It needs at least 14 characters.' },
      { code: 'COMMON', message: 'It is a common password, or one with little changed.' },
    ],
    warning: 'This is a commonly used password.',
    suggestions: expect.any(Array),
    crackTime: 'less than a second',
  });
  expect((await strengthOf('three blue kettles on a shelf')).data?.['passwordStrength']).toEqual({
    score: 4,
    reasons: [],
    warning: null,
    suggestions: [],
    crackTime: 'centuries',
  });
});

test('what the form knows of the person, and the product’s name, count against it', async () => {
  const context = ['jo.kowalski@meadow-bank.example', 'Joanna Kowalski'];
  const [known, unknown, product] = await Promise.all([
    strengthOf('JoannaKowalski77', context),
    strengthOf('JoannaKowalski77'),
    strengthOf('latchkey-latchkey'),
  ]);
  const codes = ({ data }: Answer) =>
    data?.['passwordStrength'].reasons.map(({ code }: { code: string }) => code);
  expect([codes(known), codes(unknown), codes(product)]).toEqual([['PERSONAL'], [], ['PERSONAL']]);
  expect(known.data?.['passwordStrength'].score).toBeLessThan(unknown.data?.['passwordStrength'].score);
});

test.each([
  ['nothing', ''],
  ['more characters than a password may have', 'kettles on a '.repeat(100)],
  ['characters of no keyboard', '\u200d\uffff\u{10ffff}'],
])('%s can be measured', async (_, password) => {
  const answer = await strengthOf(password, ['', '@', '__proto__', 'constructor']);
  expect(answer.errors).toEqual([]);
  expect(answer.data?.['passwordStrength'].reasons.length).toBeGreaterThan(0);
});

test.each([
  ['a password beyond its bounds', `secret-${'x'.repeat(2_001)}`, undefined],
  ['a context of many texts', 'secret-one', Array.from({ length: 11 }, () => 'secret-text')],
  ['a context of a long text', 'secret-one', [`secret-${'x'.repeat(321)}`]],
  ['a password with half a character', 'secret-\ud800', undefined],
  ['a password that is no text', { secret: 'secret-one' }, undefined],
  ['a context that is no text', 'secret-one', [{ secret: 'secret-text' }]],
])('%s is refused without being repeated', async (_, password, context) => {
  const answer = await strengthOf(password, context);
  expect(answer.errors).toHaveLength(1);
  expect(answer.status).toBeLessThan(500);
  expect(JSON.stringify(answer.errors)).not.toContain('secret-');
});

test('one request measures one password', async () => {
  const field = (alias: string) => `${alias}: passwordStrength(input: { password: "x" }) { score }`;
  const answer = await app.client().send(`{ ${field('one')} ${field('other')} }`);
  expect([answer.status, answer.code]).toEqual([400, 'ONE_SENSITIVE_FIELD']);
});

test('nothing is looked up, and no log names the password', async () => {
  const before = ranges.seen.length;
  await strengthOf('three purple kettles on a shelf');
  expect(ranges.seen).toHaveLength(before);
  expect(lines.join('')).not.toContain('purple');
});

test('a network that asks without end must wait', async () => {
  const strict = await startTestApp();
  try {
    const ask = async () =>
      await strict.client().send('{ passwordStrength(input: { password: "" }) { score } }');
    for (let asked = 0; asked < 120; asked += 1) expect((await ask()).errors).toEqual([]);
    const refused = await ask();
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await strict.close();
  }
});
