import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyEmail } from './mail-fixture.js';
import {
  anotherOutbox,
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

describe('a mail', () => {
  it('is with the mail server when the outbox is idle after the promise, once, and leaves no row', async () => {
    const to = await promise();
    await core.services.mails.idle();
    expect(sink.to(to)).toHaveLength(1);
    expect(sink.mails).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  it('is not sent before the commit of what promises it', async () => {
    const { unitOfWork, mails } = core.services;
    const before = sink.attempts;
    let commit = (): void => {};
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const { sample: values } = verifyEmail;
    const unit = unitOfWork.run(async (open) => {
      const to = 'later@example.com';
      mails.enqueue(open, { definition: verifyEmail, to, userId: null, locale: null, values });
      await open.em.flush();
      await committed;
    });
    const delivering = mails.deliverDue();
    await Promise.race([delivering, sleep(200)]);
    const tooEarly = sink.attempts - before;
    commit();
    await Promise.all([unit, delivering]);
    expect(tooEarly).toBe(0);
    await mails.idle();
    expect(sink.to('later@example.com')).toHaveLength(1);
  });

  it('is never sent when what promised it is undone', async () => {
    const { unitOfWork, mails } = core.services;
    const before = sink.attempts;
    const undone = unitOfWork.run(async (unit) => {
      const { sample: values } = verifyEmail;
      mails.enqueue(unit, {
        definition: verifyEmail,
        to: 'no@example.com',
        userId: null,
        locale: null,
        values,
      });
      await unit.em.flush();
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    clock.advance(3_600);
    await mails.deliverDue();
    expect(sink.attempts).toBe(before);
    expect(await rows()).toEqual([]);
  });

  it('keeps neither address nor link nor code in its row, and the decoy beside it looks the same', async () => {
    const { unitOfWork, mails } = core.services;
    const { sample: values } = verifyEmail;
    const mail = { definition: verifyEmail, locale: 'en', values };
    const found = await unitOfWork.run(async (unit) => {
      mails.enqueue(unit, { ...mail, to: 'ada@example.com', userId: randomUUID() });
      mails.enqueueDecoy(unit, mail);
      await unit.em.flush();
      return await unit.em.execute<Row[]>('select * from outgoing_mails order by user_id nulls last');
    });
    expect(found).toHaveLength(2);
    const [real, decoy] = found;
    const apart = { id: expect.any(String), sealed: expect.any(String), user_id: null };
    expect(decoy).toEqual({ ...real, ...apart });
    for (const secret of ['ada', 'example.com', '#token', values.code, 'http']) {
      expect(JSON.stringify(found)).not.toContain(secret);
    }
    await mails.idle();
    expect(sink.mails.map(({ envelopeTo }) => envelopeTo)).toEqual([['ada@example.com']]);
    expect(await rows()).toEqual([]);
  });
});

describe('the work', () => {
  it('is done four at a time, and whoever promises more does not wait for it', async () => {
    const before = sink.attempts;
    sink.behave('hang');
    const addresses: string[] = [];
    for (let i = 0; i < 10; i += 1) addresses.push(await promise());
    await sink.waitForAttempts(before + 4);
    await sleep(100);
    expect(sink.attempts).toBe(before + 4);
    sink.behave('accept');
    await core.services.mails.idle();
    clock.advance(15);
    await core.services.mails.deliverDue();
    expect(addresses.map((to) => sink.to(to).length)).toEqual(addresses.map(() => 1));
  });

  it('is shared: of three outboxes that look at once, each mail is sent by one', async () => {
    sink.behave('tempfail');
    const addresses: string[] = [];
    for (let i = 0; i < 30; i += 1) addresses.push(await promise());
    await core.services.mails.idle();
    sink.behave('accept');
    clock.advance(15);
    await Promise.all(
      [core.services.mails, anotherOutbox(), anotherOutbox()].map((each) => each.deliverDue()),
    );
    expect(addresses.map((to) => sink.to(to).length)).toEqual(addresses.map(() => 1));
    expect(await rows()).toEqual([]);
  });

  it('of a process that died comes back a minute later', async () => {
    sink.behave('tempfail');
    const to = await promise();
    await core.services.mails.idle();
    sink.behave('accept');
    // As a process leaves it that was killed with the mail in hand.
    const lease = new Date(clock.now().getTime() + 60_000).toISOString();
    await sql('update outgoing_mails set attempts = 2, due_at = ?', [lease]);
    clock.advance(55);
    await core.services.mails.deliverDue();
    expect(sink.to(to)).toEqual([]);
    clock.advance(6);
    await core.services.mails.deliverDue();
    expect(sink.to(to)).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });

  it('of a process that was taken for dead is not disturbed when that one gives it back', async () => {
    const before = sink.attempts;
    sink.behave('hang');
    const slow = anotherOutbox();
    const to = await promise(slow);
    await sink.waitForAttempts(before + 1);
    clock.advance(61);
    core.services.mails.wake();
    await sink.waitForAttempts(before + 2);
    await slow.stop(0);
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 2, failure: null });
    expect(waitOf(row as Row)).toBe(60);

    sink.behave('accept');
    await core.services.mails.idle();
    clock.advance(60);
    await core.services.mails.deliverDue();
    expect(sink.to(to)).toHaveLength(1);
  });
});

describe('a stop', () => {
  it('breaks off what hangs, leaves it due at once, and starts nothing more', async () => {
    const before = sink.attempts;
    sink.behave('hang');
    const stopping = anotherOutbox();
    const to = await promise(stopping);
    await sink.waitForAttempts(before + 1);
    await stopping.stop(50);
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 1, failure: 'stopped', sealed: expect.any(String) });
    expect(waitOf(row as Row)).toBeLessThanOrEqual(0);
    await stopping.deliverDue();
    expect(sink.attempts).toBe(before + 1);

    sink.behave('accept');
    await core.services.mails.deliverDue();
    expect(sink.to(to)).toHaveLength(1);
    expect(logged.join('')).not.toContain(to);
  });

  it('waits for what is nearly done', async () => {
    sink.behave('slow');
    const stopping = anotherOutbox();
    const to = await promise(stopping);
    await stopping.stop(10_000);
    expect(sink.to(to)).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });
});
