import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newAddress, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import {
  addressOf,
  changeEmail,
  confirmChange,
  generousLimits,
  mailedChange,
} from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the new address is written to, and the account keeps its own until that one confirms', async () => {
  const { client, email, id } = await newPerson(app);
  const before = (await mailsTo(app, email)).length;
  const newEmail = newAddress();
  const { mail } = await mailedChange(app, client, newEmail);
  expect(mail.text).toContain('http://localhost:3000/account/confirm-email#token=');
  expect(await addressOf(client)).toEqual({ email, emailVerified: false });
  expect(await mailsTo(app, email)).toHaveLength(before);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('email_change.requested');
});

test('an address that another account has gets the same answer and as many rows, and its owner no mail', async () => {
  const [asker, other] = [await newPerson(app), await newPerson(app)];
  const mails = (await mailsTo(app, other.email)).length;
  const rows = async () => {
    await app.services.mails.idle();
    const [row] = await sql(
      app,
      'select (select count(*) from challenges) + (select count(*) from audit_events) + (select count(*) from users) as n',
    );
    return Number(row?.['n']);
  };
  const start = await rows();
  const free = await changeEmail(asker.client, newAddress());
  const between = await rows();
  const taken = await changeEmail(asker.client, other.email);
  expect((await rows()) - between).toBe(between - start);
  const shown = ({ status, errors, data }: typeof free) => ({
    status,
    errors,
    fields: Object.keys(data?.['changeEmail'] ?? {}),
  });
  expect(shown(taken)).toEqual(shown(free));
  expect(taken.status).toBe(200);
  expect(await mailsTo(app, other.email)).toHaveLength(mails);
});

test('the code for a taken address fails as a wrong one for a free address does', async () => {
  const other = await newPerson(app);
  const codesFor = async (newEmail: string) => {
    const { client } = await newPerson(app);
    const { data } = await changeEmail(client, newEmail);
    const { challengeId } = data?.['changeEmail'] ?? {};
    const codes = [];
    for (let n = 0; n < 7; n += 1) {
      codes.push((await confirmChange(client, { challengeId, code: 'wrong!' })).code);
    }
    return codes;
  };
  expect(await codesFor(other.email)).toEqual(await codesFor(newAddress()));
});

test('who signed in long ago is asked to do so again, and who has not to do so at all', async () => {
  const { client } = await newPerson(app);
  clock.advance(901);
  await client.refresh();
  const stale = await changeEmail(client, newAddress());
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  const anonymous = await changeEmail(app.client(), newAddress());
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('the address that the account has already is refused, however it is written', async () => {
  const { client, email } = await newPerson(app);
  for (const spelling of [email, email.toUpperCase(), ` ${email}`]) {
    const answer = await changeEmail(client, spelling);
    expect([answer.status, answer.code]).toEqual([422, 'EMAIL_UNCHANGED']);
  }
});

test.each(['', 'nobody', 'a@b', 'a@example.com\nBcc: b@example.com', `${'x'.repeat(300)}@example.com`])(
  'what is no address is refused: %j',
  async (newEmail) => {
    const answer = await changeEmail((await newPerson(app)).client, newEmail);
    expect([answer.status, answer.code]).toEqual([422, 'EMAIL_INVALID']);
  },
);

test('one account asks five times an hour, and three times for one address', async () => {
  const { client } = await newPerson(app);
  const codes = [];
  for (let n = 0; n < 6; n += 1) codes.push((await changeEmail(client, newAddress())).code);
  expect(codes).toEqual([...Array.from({ length: 5 }), 'RATE_LIMITED']);
  const target = newAddress();
  const asked = [];
  for (let n = 0; n < 4; n += 1) asked.push((await changeEmail((await newPerson(app)).client, target)).code);
  expect(asked).toEqual([undefined, undefined, undefined, 'RATE_LIMITED']);
});

test('where only some domains may sign up, nobody changes to another', async () => {
  const registration = { allowedDomains: ['example.com'] };
  const closed = await startTestApp({ config: { rateLimits: generousLimits, registration } });
  try {
    const { client } = await newPerson(closed);
    const answer = await changeEmail(client, 'somebody@example.org');
    expect([answer.status, answer.code]).toEqual([422, 'EMAIL_DOMAIN_REFUSED']);
    expect((await changeEmail(client, newAddress())).errors).toEqual([]);
  } finally {
    await closed.close();
  }
});
