import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newPerson, newService } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { newDelegate } from '../../support/admins.js';
import { FakeClock } from '../../support/clock.js';
import {
  actionToken,
  asShown,
  closeShop,
  consumeActionToken,
  introspectAction,
  openShop,
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

test('a service learns who confirmed what, when and how; the audit trail too', async () => {
  const person = await newPerson(app);
  const token = await actionToken(person.client, closeShop);
  const authorization = services.orders;
  const { data } = await consumeActionToken(app.client(), asShown(person, token), { authorization });
  expect(data?.['consumeActionToken']).toMatchObject({
    action: 'close_shop',
    subject: person.id,
    amr: ['pwd'],
  });
  expect(await auditNamesOf(await app.adminClient(), person.id)).toContain('action_token.consumed');
});

test('introspection (RFC 7662) tells the same, and nothing at all of a token that is not good', async () => {
  const person = await newPerson(app);
  const token = await actionToken(person.client, closeShop);
  const { sid } = claimsOf(person.client.accessToken);
  const now = Math.floor(clock.now().getTime() / 1000);
  const form = { token, action: 'close_shop', session_id: sid };
  expect(await introspectAction(app.url, form, services.orders)).toEqual({
    active: true,
    token_type: 'action',
    principal_type: 'user',
    iss: app.services.issuer,
    sub: person.id,
    aud: closeShop.audience,
    exp: now + 300,
    sid,
    action: 'close_shop',
    auth_time: now,
    amr: ['pwd'],
  });
  for (const text of [token, 'lka_', `lka_${'x'.repeat(43)}`, `${token}x`]) {
    expect(await introspectAction(app.url, { token: text }, services.orders)).toEqual({ active: false });
  }
});

test('the user’s own session uses up a token for this API, another session does not', async () => {
  const person = await newPerson(app);
  const stranger = await newPerson(app);
  const { sid: sessionId } = claimsOf(person.client.accessToken);
  const actionTokenText = await actionToken(person.client, { action: 'erase_account' });
  const input = {
    actionToken: actionTokenText,
    action: 'erase_account',
    audience: app.services.ownAudience,
    sessionId,
  };
  expect((await consumeActionToken(stranger.client, input)).code).toBe('ACTION_TOKEN_INVALID');
  expect((await consumeActionToken(person.client, input)).errors).toEqual([]);
  const foreign = await actionToken(person.client, closeShop);
  expect((await consumeActionToken(person.client, asShown(person, foreign))).code).toBe(
    'ACTION_TOKEN_INVALID',
  );
});

test('who asks must be a user, or a service that may introspect', async () => {
  const person = await newPerson(app);
  const input = asShown(person, await actionToken(person.client, closeShop));
  const { basic } = await newService(await app.adminClient(), {
    audiences: [closeShop.audience],
    roles: [],
  });
  expect((await consumeActionToken(app.client(), input)).code).toBe('UNAUTHENTICATED');
  expect((await consumeActionToken(app.client(), input, { authorization: basic })).code).toBe('FORBIDDEN');
  // The permission makes no service of a person.
  const delegate = await newDelegate(app, await app.adminClient(), ['tokens:introspect']);
  expect((await consumeActionToken(delegate.client, input)).code).toBe('ACTION_TOKEN_INVALID');
});

test.each(['', 'lka_', 'x'.repeat(200), 'lka_' + 'é'.repeat(43)])(
  'what is no token is refused: %j',
  async (text) => {
    const person = await newPerson(app);
    const authorization = services.orders;
    const answer = await consumeActionToken(app.client(), asShown(person, text), { authorization });
    expect([answer.status, answer.code]).toEqual([403, 'ACTION_TOKEN_INVALID']);
  },
);
