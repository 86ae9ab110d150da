import type { AddressObject } from 'mailparser';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MailDeliveryError, MailMessage } from '../../../../src/platform/mail/mailer.js';
import { SmtpMailer, type SmtpSettings } from '../../../../src/platform/mail/smtp.js';
import { type ReceivedMail, SmtpSink } from '../../../support/smtp-sink.js';
import { emailChanged, exampleTexts } from './mail-fixture.js';

let sink: SmtpSink;
beforeAll(async () => {
  sink = await SmtpSink.start();
});
beforeEach(() => sink.clear());
afterAll(() => sink.down());

const to = 'ada@example.com';
const text = 'Grüße 👩‍👩‍👧, שלום, 你好.\n.\nA line of one dot stands above.\nFrom here on nothing is cut.\n';
const html = '<p>Grüße 👩‍👩‍👧, <bdi>שלום</bdi>, 你好.</p>';

async function sent(message: Partial<MailMessage>, from = 'Latchkey <no@auth.test>'): Promise<ReceivedMail> {
  await new SmtpMailer({ ...(sink.mail as SmtpSettings), from }).send({
    to,
    subject: 'Hello',
    text,
    ...message,
  });
  expect(sink.mails).toHaveLength(1);
  return sink.mails[0] as ReceivedMail;
}

const addresses = (field: AddressObject | AddressObject[] | undefined) =>
  (field as AddressObject | undefined)?.value;

describe('on the wire', () => {
  it('text and HTML arrive letter by letter, whatever the script', async () => {
    const mail = await sent({ html });
    expect(mail.text.trimEnd()).toBe(text.trimEnd());
    expect(mail.html.trimEnd()).toBe(html);
    expect(mail.parsed.headers.get('content-type')).toMatchObject({ value: 'multipart/alternative' });
    expect(mail.raw.match(/^Content-Type: text\/(plain|html); charset=utf-8\r$/gim)).toHaveLength(2);
    expect(mail.parsed.attachments).toEqual([]);
  });

  it('a subject in any script is one header that every program can read', async () => {
    const subject = `Grüße 👩‍👩‍👧 שלום 你好 ${'und noch viel mehr '.repeat(10)}`.trim();
    const mail = await sent({ subject });
    expect(mail.subject).toBe(subject);
    const head = mail.raw.slice(0, mail.raw.indexOf('\r\n\r\n'));
    expect(head).toMatch(/^[\t\r\n\u{20}-\u{7e}]*$/u);
    for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  it('the sender’s name may have any letters', async () => {
    const mail = await sent({}, 'Grüße & Söhne <no@auth.test>');
    expect(addresses(mail.parsed.from)).toEqual([{ name: 'Grüße & Söhne', address: 'no@auth.test' }]);
  });

  it('there is one recipient, in the envelope and in the headers', async () => {
    const mail = await sent({});
    expect(mail.envelopeTo).toEqual([to]);
    expect(addresses(mail.parsed.to)).toEqual([{ name: '', address: to }]);
    expect([mail.parsed.cc, mail.parsed.bcc, mail.parsed.replyTo]).toEqual([undefined, undefined, undefined]);
  });

  it('a mail says that a machine wrote it, and is named by its key and the sender’s domain', async () => {
    const mail = await sent({ key: '0198c0de-0000-7000-8000-000000000001' });
    expect(mail.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.parsed.messageId).toBe('<0198c0de-0000-7000-8000-000000000001@auth.test>');
  });

  it('no text of a person becomes a header, a recipient, a tag or a part', async () => {
    const texts = await exampleTexts();
    const newEmail =
      'x\r\nBcc: eve@evil.test\r\n\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n.\r\nQUIT';
    const mail = await sent(texts.render('email_changed', 'en', { ...emailChanged.sample, newEmail }));
    expect(mail.envelopeTo).toEqual([to]);
    expect(mail.parsed.bcc).toBeUndefined();
    expect(mail.html).not.toContain('<b>');
    expect(mail.raw.match(/^Content-Type: text\//gim)).toHaveLength(2);
    expect(mail.text.trimEnd()).toMatch(/-- \n?\r?\n?Example Shop$/);
  });
});

describe('a hand-over', () => {
  it.each([
    ['tempfail', '451'],
    ['refuse', '550'],
  ] as const)(
    'that fails tells why in a word, never in the words of the server: %s',
    async (manners, reason) => {
      sink.behave(manners);
      const failure = await sent({}).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'MailDeliveryError', reason });
      expect((failure as MailDeliveryError).message).not.toContain('example.com');
      sink.behave('accept');
    },
  );

  it('ends at once when it is broken off', async () => {
    sink.behave('hang');
    const before = sink.attempts;
    const stop = new AbortController();
    // Nothing else would end it before the test does.
    const patient = { connectMs: 120_000, idleMs: 120_000, totalMs: 120_000 };
    const mailer = new SmtpMailer(sink.mail as SmtpSettings, patient);
    const sending = mailer.send({ to, subject: 'x', text }, stop.signal);
    const outcome = sending.catch((error: unknown) => error);
    await sink.waitForAttempts(before + 1);
    stop.abort();
    expect(await outcome).toMatchObject({ name: 'MailDeliveryError', permanent: false });
    sink.behave('accept');
    expect(sink.mails).toEqual([]);
  });
});
