import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { addTotp, nextCode } from '../../support/second-factors.js';
import {
  actionToken,
  asShown,
  closeShop,
  confirmAction,
  consumeActionToken,
  openShop,
  requestedAction,
  shopConfig,
  type ShopServices,
} from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
let services: ShopServices;
beforeAll(async () => {
  app = await startTestApp({ clock, config: shopConfig });
  services = await openShop(app);
});
afterAll(() => app.close());

test('the password confirms, and the token is opaque, short-lived and nowhere to be read', async () => {
  const { client, id } = await newPerson(app);
  const requestId = await requestedAction(client, closeShop);
  const answer = await confirmAction(client, { requestId, password: PASSWORD });
  const { actionToken: token, expiresAt } = answer.data?.['confirmAction'] ?? {};
  expect(token).toMatch(/^lka_[\w-]{43}$/);
  expect(new Date(expiresAt).getTime() - clock.now().getTime()).toBe(300_000);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('action.confirmed');
  for (const table of ['challenges', 'audit_events', 'audit_personal', 'event_log']) {
    const rows = await sql(app, `select * from ${table}`);
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  }
});

test('a second factor confirms, and the token tells how', async () => {
  const person = await newPerson(app);
  const totp = await addTotp(person.client, { time: clock });
  const proof = { kind: 'TOTP', code: nextCode(totp, clock) };
  const token = await actionToken(person.client, closeShop, proof);
  const authorization = services.orders;
  const answer = await consumeActionToken(app.client(), asShown(person, token), { authorization });
  expect(answer.data?.['consumeActionToken']).toEqual({
    action: 'close_shop',
    subject: person.id,
    sid: asShown(person, token).sessionId,
    aud: closeShop.audience,
    authTime: new Date(Math.floor(clock.now().getTime() / 1000) * 1000).toISOString(),
    amr: ['otp'],
  });
});

test('a wrong password and a wrong code confirm nothing, and the request can still be confirmed', async () => {
  const { client } = await newPerson(app);
  await addTotp(client, { time: clock });
  const requestId = await requestedAction(client, { action: 'erase_account' });
  expect((await confirmAction(client, { requestId, password: 'a guess' })).code).toBe('PROOF_REFUSED');
  expect((await confirmAction(client, { requestId, kind: 'TOTP', code: '000000' })).code).toBe(
    'FACTOR_REFUSED',
  );
  expect((await confirmAction(client, { requestId, password: PASSWORD })).errors).toEqual([]);
});

test('a request confirms once, and within ten minutes', async () => {
  const { client } = await newPerson(app);
  const used = await requestedAction(client, { action: 'erase_account' });
  await confirmAction(client, { requestId: used, password: PASSWORD });
  const late = await requestedAction(client, { action: 'erase_account' });
  clock.advance(600);
  for (const requestId of [used, late]) {
    const answer = await confirmAction(client, { requestId, password: PASSWORD });
    expect([answer.status, answer.code]).toEqual([422, 'ACTION_REQUEST_INVALID']);
  }
});

test('an id that is none of a request is refused, be it one of another challenge', async () => {
  const { client, id } = await newPerson(app);
  await actionToken(client, { action: 'erase_account' });
  const [row] = await sql(app, "select id from challenges where subject = ? and purpose = 'action'", [id]);
  for (const requestId of [String(row?.['id']), id]) {
    expect((await confirmAction(client, { requestId, password: PASSWORD })).code).toBe(
      'ACTION_REQUEST_INVALID',
    );
  }
});
