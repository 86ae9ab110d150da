import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/logger.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Canaries, everyRow, foundIn } from '../support/canaries.js';
import { generousLimits, newVerifiedPerson } from '../support/email-flows.js';
import { FakeClock } from '../support/clock.js';
import { mailsTo } from '../support/mails.js';
import {
  addEmailCode,
  addTotp,
  answerLogin,
  beginLogin,
  enrolTotp,
  mailedAnswer,
  newRecoveryCodes,
} from '../support/second-factors.js';
import { totpCode } from '../support/totp.js';

/** What the flow below is given and may stand nowhere but in the answer, or the mail, that gives it. */
const canaries: Record<string, string> = {};
/** Six digits are found anywhere by chance: only where they would stand by themselves do they count. */
let mailedCode: string;
const clock = new FakeClock();
const log: string[] = [];
const answers: string[] = [];
let app: TestApp;
let dump: string;
let copy: string;
let mails: string;

beforeAll(async () => {
  const logger = createLogger({ level: 'debug' }, { write: (line) => void log.push(line) });
  app = await startTestApp({ clock, logger, config: { rateLimits: generousLimits } });
  const person = await newVerifiedPerson(app);
  await useFactors(person);
  dump = await everyRow(app);
  mails = JSON.stringify(await mailsTo(app, person.email));
});
afterAll(() => app.close());

test('every secret was used, rightly and wrongly', () => {
  expect(Object.keys(canaries)).toHaveLength(24);
  for (const event of ['factor.enrolled', 'factor.refused', 'recovery_code.used', 'recovery_codes.issued']) {
    expect(dump).toContain(event);
  }
  expect(copy).toContain('My phone');
  expect(mails).toContain(mailedCode);
});

test.each<[string, () => string]>([
  ['a line of the log, at the level debug', () => log.join('\n')],
  ['a row of the database', () => dump],
  ['the answer to a request that was refused', () => answers.join('\n')],
  ['a mail', () => mails],
  ['what people are given to read of what is kept about them', () => copy],
])('neither the secret of an app nor a recovery code is in %s', (_where, text) => {
  expect(text()).not.toBe('');
  expect(foundIn(text(), canaries)).toEqual([]);
});

test('a mailed code is in no line of the log and no row', () => {
  const alone = new RegExp(String.raw`(?<![\w.:-])${mailedCode}(?![\w.:-])`);
  expect(`the code is ${mailedCode}, once`).toMatch(alone);
  expect(log.join('\n')).not.toMatch(alone);
  expect(dump).not.toMatch(alone);
});

async function useFactors(person: Awaited<ReturnType<typeof newVerifiedPerson>>): Promise<void> {
  const { client } = person;
  const keep = (answer: { errors: readonly unknown[] }) => {
    expect(answer.errors).not.toEqual([]);
    answers.push(JSON.stringify(answer));
  };
  const totp = await addTotp(client, { time: clock });
  canaries['secret of an app'] = totp.secret;
  await addEmailCode(app, person);
  clock.advance(60);
  const login = await beginLogin(app, person);
  const [used = '', ...unused] = withCanaries('first', totp.recoveryCodes);
  keep(await answerLogin(login, { kind: 'TOTP', code: totp.secret }));
  keep(await answerLogin(login, { kind: 'RECOVERY_CODE', code: `${unused[0]}0` }));
  keep(await answerLogin(login, { kind: 'RECOVERY_CODE', code: { code: unused[0] } }));
  const { challengeId, code } = await mailedAnswer(app, login, person);
  mailedCode = code;
  keep(await answerLogin(login, { kind: 'EMAIL_CODE', challengeId, code: totp.secret }));
  expect((await answerLogin(login, { kind: 'RECOVERY_CODE', code: used })).errors).toEqual([]);
  keep(await answerLogin(await beginLogin(app, person), { kind: 'RECOVERY_CODE', code: used }));
  const again = await beginLogin(app, person);
  expect(
    (await answerLogin(again, { kind: 'TOTP', code: totpCode(totp.secret, clock.now()) })).errors,
  ).toEqual([]);
  withCanaries(
    'second',
    (await newRecoveryCodes(again.client)).data?.['regenerateRecoveryCodes'].recoveryCodes,
  );
  const pending = (await enrolTotp(again.client)).data?.['enrolTotp'];
  Object.assign(canaries, {
    'secret of an app that was not confirmed': pending.secret,
    'its URI': pending.uri,
  });
  Object.assign(canaries, { 'its picture': pending.qrSvg.slice(-300) });
  const exported = await again.client.send('{ exportMyData { sections { table data } } }');
  expect(exported.errors).toEqual([]);
  copy = JSON.stringify(exported.data);
}

function withCanaries(name: string, codes: readonly string[]): readonly string[] {
  const named: Canaries = Object.fromEntries(codes.map((code, n) => [`${name} recovery code ${n}`, code]));
  Object.assign(canaries, named);
  return codes;
}
