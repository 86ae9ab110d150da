import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { addTotp, confirmTotp, enrolTotp, factorsOf, beginLogin } from '../../support/second-factors.js';
import { totpCode } from '../../support/totp.js';
import { purgeUnconfirmedTotpsJob } from '../../../src/features/mfa/factors/totp/purge-unconfirmed-totps.job.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const begun = async (...asking: Parameters<typeof enrolTotp>) => {
  const { data, errors } = await enrolTotp(...asking);
  expect(errors).toEqual([]);
  return data?.['enrolTotp'];
};

test('an app gets the secret as text, as a URI that names the product and the account, and as a picture of that', async () => {
  const { client, email } = await newPerson(app);
  const { secret, uri, qrSvg } = await begun(client);
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(decodeURIComponent(new URL(uri).pathname)).toBe(`/Latchkey:${email}`);
  expect(new URL(uri).searchParams.get('secret')).toBe(secret);
  const [kind, data = ''] = qrSvg.split(',');
  expect(kind).toBe('data:image/svg+xml;base64');
  expect(Buffer.from(data, 'base64').toString()).toMatch(/^<svg [^]*<\/svg>$/);
});

test('what was not confirmed is no factor: it is not listed, not asked for, and makes nobody less fresh', async () => {
  const person = await newPerson(app);
  await begun(person.client);
  expect(await factorsOf(person.client)).toEqual([]);
  expect(
    (await app.client().login({ email: person.email, password: 'three blue kettles on a shelf' })).data,
  ).toMatchObject({
    login: { __typename: 'LoginSucceeded' },
  });
  expect((await enrolTotp(person.client)).errors).toEqual([]);
});

test('a new one takes the place of one that was not confirmed', async () => {
  const { client, id } = await newPerson(app);
  const first = await begun(client);
  const second = await begun(client);
  expect(await sql(app, 'select id from totp_factors where user_id = ?', [id])).toEqual([
    { id: second.factorId },
  ]);
  const late = await confirmTotp(client, {
    factorId: first.factorId,
    code: totpCode(first.secret, clock.now()),
  });
  expect([late.status, late.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  const code = totpCode(second.secret, clock.now());
  expect((await confirmTotp(client, { factorId: second.factorId, code })).errors).toEqual([]);
});

test('after an hour it is confirmed no more, and its row goes', async () => {
  const { client, id } = await newPerson(app);
  const { factorId, secret } = await begun(client);
  clock.advance(3599);
  await purgeUnconfirmedTotpsJob.run(app.services);
  expect(await sql(app, 'select 1 from totp_factors where user_id = ?', [id])).toHaveLength(1);
  clock.advance(2);
  await client.login({ email: (await emailOf(id)) ?? '', password: 'three blue kettles on a shelf' });
  const late = await confirmTotp(client, { factorId, code: totpCode(secret, clock.now()) });
  expect([late.status, late.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  await purgeUnconfirmedTotpsJob.run(app.services);
  expect(await sql(app, 'select 1 from totp_factors where user_id = ?', [id])).toEqual([]);
});

test('the job leaves the apps that were confirmed', async () => {
  const { client, id } = await newPerson(app);
  await addTotp(client, { time: clock });
  clock.advance(86_400);
  await purgeUnconfirmedTotpsJob.run(app.services);
  expect(await sql(app, 'select 1 from totp_factors where user_id = ?', [id])).toHaveLength(1);
});

test('an account has at most five apps', async () => {
  const { client } = await newPerson(app);
  for (let n = 0; n < 5; n += 1) await addTotp(client, { time: clock, name: `Phone ${n}` });
  const sixth = await enrolTotp(client);
  expect([sixth.status, sixth.code]).toEqual([409, 'FACTOR_LIMIT_REACHED']);
});

test.each(['', ' ', 'x'.repeat(101), 'a\u0000b', 'a\u202eb'])(
  'a name that is none is refused: %j',
  async (name) => {
    const answer = await enrolTotp((await newPerson(app)).client, { name });
    expect(answer.status).toBeLessThan(500);
    expect(answer.code).toBe('INVALID_INPUT');
  },
);

test('who signed in long ago proves it again first, and who has not signed in is refused', async () => {
  const { client } = await newPerson(app);
  clock.advance(901);
  await client.refresh();
  const stale = await enrolTotp(client);
  expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  const anonymous = await enrolTotp(app.client());
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
  const invented = await enrolTotp(app.client(), { attemptToken: 'x'.repeat(43) });
  expect([invented.status, invented.code]).toEqual([401, 'ATTEMPT_INVALID']);
});

test('whoever knows the password alone brings no factor of their own to an account that has one', async () => {
  const person = await newPerson(app);
  await addTotp(person.client, { time: clock });
  const { client, attemptToken } = await beginLogin(app, person);
  const answer = await enrolTotp(client, { attemptToken });
  expect([answer.status, answer.code]).toEqual([401, 'ATTEMPT_INVALID']);
  expect(await sql(app, 'select 1 from totp_factors where user_id = ?', [person.id])).toHaveLength(1);
});

async function emailOf(id: string): Promise<string | undefined> {
  const [row] = await sql(app, 'select email from users where id = ?', [id]);
  return row?.['email'] as string | undefined;
}
