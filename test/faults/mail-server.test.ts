import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import { tokenIn } from '../support/mails.js';
import { requestReset } from '../support/passwords.js';
import { type Manners, SmtpSink } from '../support/smtp-sink.js';

let app: TestApp;
let sink: SmtpSink;
const clock = new FakeClock();
beforeAll(async () => {
  sink = await SmtpSink.start();
  const rateLimits = { signUpsPerHour: 1e6, mailRequestsPerHour: 1e6 };
  app = await startTestApp({ clock, config: { mail: sink.mail, rateLimits } });
});
afterAll(async () => {
  await app.close();
  await sink.down();
});

/** What somebody could tell one answer from another by, but for the headers that differ every time. */
function looks({ status, headers, data, errors }: Answer): unknown {
  const passing = new Set(['date', 'x-request-id']);
  const names = [...headers.keys()].filter((name) => !passing.has(name));
  return { status, names, data, errors };
}

/** Somebody who has an account, and the mail about it. */
async function knownAddress(): Promise<string> {
  const email = newAddress();
  await app.client().signUp({ email, password: PASSWORD });
  await app.services.mails.idle();
  return email;
}

/** A sign-up of a new and of a known address, a reset for a known and for an unknown one: three mails. */
async function everyMail(known: string): Promise<{ fresh: string; answers: unknown[] }> {
  const fresh = newAddress();
  const answers: unknown[] = [];
  for (const email of [fresh, known]) {
    answers.push(looks(await app.client().signUp({ email, password: PASSWORD })));
  }
  for (const email of [known, newAddress()]) answers.push(looks(await requestReset(app.client(), email)));
  return { fresh, answers };
}

async function waiting(): Promise<number> {
  const [row] = await sql(app, 'select count(*)::int as rows from outgoing_mails where sealed is not null');
  return Number(row?.['rows']);
}

const cases: readonly (readonly [string, Manners | 'down'])[] = [
  ['is not there', 'down'],
  ['has no time', 'tempfail'],
  ['hangs', 'hang'],
  ['is slow', 'slow'],
];

test.each(cases)(
  'while the mail server %s everybody is answered as ever; when it is well again, each mail comes once',
  async (_case, manners) => {
    const usual = (await everyMail(await knownAddress())).answers;
    const known = await knownAddress();
    sink.clear();

    if (manners === 'down') await sink.down();
    else sink.behave(manners);
    const { fresh, answers } = await everyMail(known);
    expect(answers).toEqual(usual);
    // Nobody waited for it.
    if (manners !== 'slow') {
      expect(sink.mails).toEqual([]);
      expect(await waiting()).toBeGreaterThan(0);
    }

    if (manners === 'down') await sink.up();
    else sink.behave('accept');
    await app.services.mails.idle();
    clock.advance(60);
    await app.services.mails.deliverDue();
    const subjects = (email: string) => sink.to(email).map(({ subject }) => subject);
    expect(subjects(fresh)).toEqual(['Confirm your email address for Latchkey']);
    expect(subjects(known).toSorted()).toEqual([
      'Reset your Latchkey password',
      'You already have a Latchkey account',
    ]);
    expect(sink.mails).toHaveLength(3);
    for (const mail of sink.mails) {
      expect(tokenIn(mail)).not.toBe('');
      expect(mail.html).toContain(`#token=${tokenIn(mail)}`);
      expect(mail.envelopeTo).toHaveLength(1);
    }
    expect(await waiting()).toBe(0);
  },
  60_000,
);

test('an address that the mail server refuses for good is answered like any other, and not tried again', async () => {
  sink.behave('accept');
  const usual = looks(await app.client().signUp({ email: newAddress(), password: PASSWORD }));
  await app.services.mails.idle();
  sink.clear();
  sink.behave('refuse');
  const before = sink.attempts;
  const answer = looks(await app.client().signUp({ email: newAddress(), password: PASSWORD }));
  expect(answer).toEqual(usual);
  await app.services.mails.idle();
  sink.behave('accept');
  clock.advance(86_400);
  await app.services.mails.deliverDue();
  expect(sink.attempts).toBe(before + 1);
  expect(sink.mails).toEqual([]);
});

test('a stop does not wait for a mail server that hangs', async () => {
  sink.behave('hang');
  const other = await startTestApp({ config: { mail: sink.mail } });
  const before = sink.attempts;
  await other.client().signUp({ email: newAddress(), password: PASSWORD });
  await sink.waitForAttempts(before + 1);
  const stoppedAt = performance.now();
  await other.close();
  // The program gives a stop ten seconds.
  expect(performance.now() - stoppedAt).toBeLessThan(9_000);
  sink.behave('accept');
}, 60_000);
