import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/id.js';
import { auditNamesOf, newPerson, newService, PASSWORD, type Person, sql } from '../../support/accounts.js';
import { changed, newRole } from '../../support/admins.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { generousLimits } from '../../support/email-flows.js';
import {
  askedRemoval,
  askRemoval,
  confirmRemoval,
  factorsOf,
  newPersonWithTotp,
  newRescuer,
  withdrawRemoval,
} from '../../support/factor-removals.js';
import { mailsTo } from '../../support/mails.js';
import { signInCode } from '../../support/passwords.js';

let app: TestApp;
let admin: Client;
let first: Person;
let second: Person;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
  first = await newRescuer(app, admin);
  second = await newRescuer(app, admin);
});
afterAll(async () => await app.close());

const subjectsTo = async (email: string) => (await mailsTo(app, email)).map(({ subject }) => subject);

test('one admin asks and nothing happens, another confirms and all second factors are gone', async () => {
  const user = await newPersonWithTotp(app);
  await sql(
    app,
    `insert into trusted_devices (id, user_id, device_hash, label, created_at, last_used_at, expires_at)
     values (?, ?, 'hash', 'Chrome', now(), now(), now() + interval '30 days')`,
    [newId(), user.id],
  );
  const before = await factorsOf(app, user.id);
  expect(before).toMatchObject({ totp: 1, codes: 10, devices: 1, sessions: 1, kinds: ['totp'] });
  const removalId = await askedRemoval(first.client, user.id);
  expect(await factorsOf(app, user.id)).toEqual(before);
  expect((await confirmRemoval(second.client, removalId)).data).toEqual({
    confirmFactorRemoval: { confirmed: true },
  });
  const nothing = { totp: 0, codes: 0, devices: 0, sessions: 0, kinds: [] };
  expect(await factorsOf(app, user.id)).toEqual(nothing);
  expect((await user.client.send('{ viewer { id } }')).status).toBe(401);
  expect(await signInCode(app, user.email, PASSWORD)).toBe('LoginSucceeded');
});

test('the user is told when it is asked for, and when it is done, in their language', async () => {
  const user = await newPersonWithTotp(app);
  const removalId = await askedRemoval(first.client, user.id);
  expect((await subjectsTo(user.email)).at(-1)).toBe(
    'Someone asked to remove the second factors of your Latchkey account',
  );
  await sql(app, "update users set locale = 'de' where id = ?", [user.id]);
  expect((await confirmRemoval(second.client, removalId)).errors).toEqual([]);
  expect(await subjectsTo(user.email)).toContain(
    'Die zweiten Faktoren Ihres Kontos bei Latchkey wurden entfernt',
  );
});

test('the audit trail holds both admins and the reason', async () => {
  const user = await newPersonWithTotp(app);
  const { data } = await askRemoval(first.client, user.id, 'Showed their passport.');
  const { removalId } = data?.['disableSecondFactorForUser'] ?? {};
  await confirmRemoval(second.client, removalId);
  const rows = await sql(
    app,
    `select e.name, e.actor_id, e.payload->>'removalId' as removal, e.payload->>'askedBy' as asked_by,
       p.facts->>'reason' as reason
     from audit_events e left join audit_personal p on p.event_id = e.id
     where e.user_id = ? and e.name like 'factor_removal.%' order by e.occurred_at, e.id`,
    [user.id],
  );
  const shared = { removal: removalId, reason: 'Showed their passport.' };
  expect(rows).toEqual([
    { name: 'factor_removal.requested', actor_id: first.id, asked_by: null, ...shared },
    { name: 'factor_removal.confirmed', actor_id: second.id, asked_by: first.id, ...shared },
  ]);
  expect(await auditNamesOf(admin, user.id)).toContain('factor.removed');
});

test('what waits is listed, oldest first, and no longer once it is confirmed, withdrawn or late', async () => {
  const users: Person[] = [];
  for (let n = 0; n < 4; n += 1) users.push(await newPerson(app));
  const ids: string[] = [];
  for (const { id } of users) ids.push(await askedRemoval(first.client, id));
  const list = async () => {
    const { data } = await second.client.send(
      '{ factorRemovals { id userId askedBy reason createdAt expiresAt } }',
    );
    return data?.['factorRemovals'].filter(({ id }: { id: string }) => ids.includes(id));
  };
  expect(await list()).toMatchObject(
    users.map(({ id: userId }, n) => ({ id: ids[n], userId, askedBy: first.id, reason: 'A lost phone.' })),
  );
  await confirmRemoval(second.client, ids[0] ?? '');
  await withdrawRemoval(first.client, ids[1] ?? '');
  await sql(app, 'update factor_removals set expires_at = now() where id = ?', [ids[2]]);
  expect(await list()).toMatchObject([{ id: ids[3] }]);
});

describe('is refused', () => {
  test.each([
    ['without the permission', async () => (await newPerson(app)).client, 'FORBIDDEN'],
    ['to nobody in particular', async () => app.client(), 'UNAUTHENTICATED'],
  ])('%s', async (_what, who, code) => {
    const client = await who();
    const removalId = await askedRemoval(first.client, (await newPerson(app)).id);
    expect((await askRemoval(client, (await newPerson(app)).id)).code).toBe(code);
    expect((await confirmRemoval(client, removalId)).code).toBe(code);
    expect((await withdrawRemoval(client, removalId)).code).toBe(code);
    expect((await client.send('{ factorRemovals { id } }')).code).toBe(code);
  });

  test('to whoever has not signed in lately', async () => {
    const stale = await newRescuer(app, admin);
    const removalId = await askedRemoval(first.client, (await newPerson(app)).id);
    await sql(app, "update sessions set auth_time = now() - interval '1 day' where user_id = ?", [stale.id]);
    for (const answer of [
      await askRemoval(stale.client, (await newPerson(app)).id),
      await confirmRemoval(stale.client, removalId),
    ]) {
      expect([answer.status, answer.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    }
  });

  test('to a machine, whatever it may do: two admins are two people', async () => {
    const { basic } = await newService(admin, { roles: [await newRole(app, ['users:mfa'])] });
    const machine = app.client();
    const input = { userId: (await newPerson(app)).id, reason: 'x' };
    const answer = await machine.send(
      `mutation ($input: DisableSecondFactorForUserInput!) {
        disableSecondFactorForUser(input: $input) { removalId } }`,
      { input },
      { authorization: basic },
    );
    expect(answer.code).toBe('FORBIDDEN');
  });

  test('about somebody who may do more', async () => {
    const strong = await newRescuer(app, admin, ['users:mfa', 'signing_keys:rotate']);
    expect((await askRemoval(first.client, strong.id)).code).toBe('USER_TOO_POWERFUL');
    const equal = await newRescuer(app, admin, ['users:mfa', 'signing_keys:rotate']);
    const removalId = await askedRemoval(equal.client, strong.id);
    expect((await confirmRemoval(second.client, removalId)).code).toBe('USER_TOO_POWERFUL');
    expect((await withdrawRemoval(second.client, removalId)).code).toBe('USER_TOO_POWERFUL');
  });

  test('while another wish for the same user waits, and not after it', async () => {
    const { id } = await newPerson(app);
    const removalId = await askedRemoval(first.client, id);
    expect((await askRemoval(second.client, id)).code).toBe('FACTOR_REMOVAL_PENDING');
    await withdrawRemoval(second.client, removalId);
    expect((await askRemoval(second.client, id)).errors).toEqual([]);
  });

  test.each([
    ['deactivateUser', 'FACTOR_REMOVAL_USER_CLOSED'],
    ['deleteUser', 'USER_DELETED'],
  ] as const)('for a user after %s', async (mutation, code) => {
    const { id } = await newPerson(app);
    await changed(admin, mutation, { userId: id });
    expect((await askRemoval(first.client, id)).code).toBe(code);
  });

  test('for a user or a removal that is not there', async () => {
    expect((await askRemoval(first.client, newId())).code).toBe('USER_NOT_FOUND');
    expect((await confirmRemoval(first.client, newId())).code).toBe('FACTOR_REMOVAL_NOT_FOUND');
    expect((await withdrawRemoval(first.client, newId())).code).toBe('FACTOR_REMOVAL_NOT_FOUND');
  });

  test.each(['', 'x'.repeat(501)])('without a reason, or with one that is too long', async (reason) => {
    expect((await askRemoval(first.client, (await newPerson(app)).id, reason)).code).toBe('INVALID_INPUT');
  });
});
