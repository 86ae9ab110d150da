import { describe, expect, it } from 'vitest';
import { housekeepingJob } from '../../../../src/app/housekeeping.job.js';
import { MAX_ATTEMPTS, retryDelaySeconds } from '../../../../src/platform/mail/mail-retries.js';
import { newId } from '../../../../src/kernel/id.js';
import {
  clock,
  core,
  logged,
  prepareOutbox,
  promise,
  type Row,
  rows,
  sink,
  sql,
  waitOf,
} from './outbox-fixture.js';

prepareOutbox();

const DAY = 86_400;

/** What is left of a mail that was given up. */
const givenUp = { kind: 'verify_email', sealed: null, due_at: null };

function errors(): unknown[] {
  return logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
}

async function onlyRow(): Promise<Row> {
  const all = await rows();
  expect(all).toHaveLength(1);
  return all[0] as Row;
}

describe('a mail that the server does not take now', () => {
  it('is tried again after about 10 seconds, then after about 35, and arrives once', async () => {
    sink.behave('tempfail');
    const { mails } = core.services;
    const to = await promise();
    await mails.idle();
    expect(await onlyRow()).toMatchObject({ attempts: 1, failure: '451', sealed: expect.any(String) });
    expect(waitOf(await onlyRow())).toBeGreaterThanOrEqual(8);
    expect(waitOf(await onlyRow())).toBeLessThanOrEqual(12);
    clock.advance(7);
    await mails.deliverDue();
    expect(await onlyRow()).toMatchObject({ attempts: 1 });
    clock.advance(6);
    await mails.deliverDue();
    expect(await onlyRow()).toMatchObject({ attempts: 2 });
    expect(waitOf(await onlyRow())).toBeGreaterThanOrEqual(28);
    sink.behave('accept');
    clock.advance(43);
    await mails.deliverDue();
    await mails.deliverDue();
    expect(sink.to(to)).toHaveLength(1);
    expect(await rows()).toEqual([]);
    expect(errors()).toEqual([]);
    expect(logged.join('')).not.toMatch(/example\.com|Mailbox of/);
  });

  it('is tried again when there was no server at all', async () => {
    await sink.down();
    const to = await promise();
    await core.services.mails.idle();
    expect(await onlyRow()).toMatchObject({ attempts: 1, failure: expect.stringMatching(/^E[A-Z]+$/) });
    await sink.up();
    clock.advance(13);
    await core.services.mails.deliverDue();
    expect(sink.to(to)).toHaveLength(1);
  });

  it('is given up in the end: nothing of it is left but its kind, and the log names no address', async () => {
    sink.behave('tempfail');
    await promise();
    await core.services.mails.idle();
    await sql('update outgoing_mails set attempts = ?', [MAX_ATTEMPTS - 2]);
    for (const attempts of [MAX_ATTEMPTS - 1, MAX_ATTEMPTS]) {
      clock.advance(waitOf(await onlyRow()) + 0.001);
      await core.services.mails.deliverDue();
      expect(await onlyRow()).toMatchObject({ attempts, failure: '451' });
    }
    expect(await onlyRow()).toMatchObject(givenUp);
    expect(errors()).toMatchObject([{ kind: 'verify_email', reason: '451', msg: 'a mail was given up' }]);
    expect(logged.join('')).not.toMatch(/example\.com|Mailbox of/);

    const before = sink.attempts;
    clock.advance(DAY);
    await core.services.mails.deliverDue();
    expect(sink.attempts).toBe(before);
  });
});

describe('a mail that will never be sent is given up at once', () => {
  it('when the server knows no such recipient', async () => {
    sink.behave('refuse');
    await promise();
    await core.services.mails.idle();
    expect(await onlyRow()).toMatchObject({ ...givenUp, attempts: 1, failure: '550' });
    expect(errors()).toHaveLength(1);
    expect(logged.join('')).not.toMatch(/example\.com|No such user/);
  });

  it('when its recipient is no address', async () => {
    const before = sink.attempts;
    await promise(core.services.mails, 'ada@example.com, eve@example.com');
    await core.services.mails.idle();
    expect(await onlyRow()).toMatchObject({ ...givenUp, attempts: 1, failure: 'refused' });
    expect(sink.attempts).toBe(before);
  });

  it('when there are no words for it', async () => {
    sink.behave('tempfail');
    await promise();
    await core.services.mails.idle();
    await sql(`update outgoing_mails set kind = 'of_another_release'`);
    clock.advance(13);
    await core.services.mails.deliverDue();
    const traces = { sealed: null, due_at: null, failure: 'unwritable', attempts: 2 };
    expect(await onlyRow()).toMatchObject(traces);
  });

  it.each([
    ['is garbage', `sealed = 'garbage'`],
    [
      'belongs to another row',
      `sealed = (select sealed from outgoing_mails o where o.id <> outgoing_mails.id)`,
    ],
    ['was changed', `sealed = left(sealed, 60) || 'AAAA' || substr(sealed, 65)`],
  ])('when its content %s, and nobody gets a mail', async (_case, change) => {
    sink.behave('tempfail');
    await promise();
    await promise();
    await core.services.mails.idle();
    const before = sink.attempts;
    await sql(`update outgoing_mails set ${change}`);
    sink.behave('accept');
    clock.advance(13);
    await core.services.mails.deliverDue();
    for (const row of await rows()) expect(row).toMatchObject({ ...givenUp, failure: 'unreadable' });
    expect(sink.attempts).toBe(before);
    expect(sink.mails).toEqual([]);
  });
});

it('the trace of a mail that was given up goes after seven days, and one that waits stays', async () => {
  sink.behave('refuse');
  await promise();
  await core.services.mails.idle();
  sink.behave('tempfail');
  await promise();
  await core.services.mails.idle();
  clock.advance(6 * DAY);
  await housekeepingJob.run(core.services);
  expect(await rows()).toHaveLength(2);
  clock.advance(2 * DAY);
  await housekeepingJob.run(core.services);
  expect(await onlyRow()).toMatchObject({ failure: '451' });
});

it('a mail that was sent twice, because the server’s answer was lost, is recognisable as one', async () => {
  sink.behave('lose answer');
  const to = await promise();
  const other = await promise();
  await core.services.mails.idle();
  expect(await rows()).toHaveLength(2);
  sink.behave('accept');
  clock.advance(13);
  await core.services.mails.deliverDue();
  const ids = sink.to(to).map(({ parsed }) => parsed.messageId);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^<[0-9a-f-]{36}@auth\.example\.com>$/);
  expect(sink.to(other)[0]?.parsed.messageId).not.toBe(ids[0]);
  expect(await rows()).toEqual([]);
});

describe('the waiting times', () => {
  const ids = Array.from({ length: 200 }, () => newId());

  it('grow to an hour and stay there, and never differ by more than a fifth', () => {
    const middle = [10, 35, 122.5, 428.75, 1500.625, 3600, 3600];
    for (const [index, seconds] of middle.entries()) {
      for (const id of ids) {
        const delay = retryDelaySeconds(index + 1, id);
        expect(Math.abs(delay - seconds)).toBeLessThanOrEqual(seconds / 5 + 1e-6);
      }
    }
    expect(retryDelaySeconds(1_000, ids[0] ?? '')).toBeLessThanOrEqual(4_320);
  });

  it('add up to a day, more or less', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => index + 1);
    for (const id of ids) {
      const seconds = waits.reduce((sum, attempt) => sum + retryDelaySeconds(attempt, id), 0);
      expect(Math.abs(seconds - DAY)).toBeLessThan(DAY / 4);
    }
  });

  it('spread mails that failed together', () => {
    const delays = ids.map((id) => Math.round(retryDelaySeconds(6, id) / 60));
    expect(new Set(delays).size).toBeGreaterThan(10);
  });
});
