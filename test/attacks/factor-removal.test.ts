// One admin, or whoever took over the session of one, wants the second factors of somebody out of the way.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPerson, type Person, sql } from '../support/accounts.js';
import { change, changed, newDelegate, newRole } from '../support/admins.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { generousLimits } from '../support/email-flows.js';
import {
  anotherSession,
  askedRemoval,
  askRemoval,
  confirmRemoval,
  factorsOf,
  newPersonWithTotp,
  newRescuer,
  type Rescuer,
  ripen,
  withdrawRemoval,
} from '../support/factor-removals.js';
import { managed, newGroup } from '../support/groups.js';
import { revokeEverythingFrom, sessionOf } from '../support/lineage.js';
import { mailsTo } from '../support/mails.js';
import { setUserPassword, tallyCodes } from '../support/passwords.js';
import { addTotp } from '../support/second-factors.js';

let app: TestApp;
let admin: Client;
let first: Rescuer;
let second: Person;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
  await addTotp(admin);
  await ripen(app, admin.userId ?? '');
  first = await newRescuer(app, admin);
  second = await newRescuer(app, admin);
});
afterAll(async () => await app.close());

/** What the confirmation comes to, and that the user keeps everything unless it succeeds. */
async function refused(client: Client, removalId: string, userId: string): Promise<string | undefined> {
  const before = await factorsOf(app, userId);
  const { code } = await confirmRemoval(client, removalId);
  expect(await factorsOf(app, userId)).toEqual(before);
  return code;
}

describe('one admin alone', () => {
  test('does not get by with a second session of their own', async () => {
    const user = await newPersonWithTotp(app);
    const removalId = await askedRemoval(first.client, user.id);
    const other = await anotherSession(app, first);
    for (const client of [first.client, other]) {
      expect(await refused(client, removalId, user.id)).toBe('SECOND_ADMIN_REQUIRED');
    }
  });

  test('does not get by with another admin whom they have just made', async () => {
    const user = await newPersonWithTotp(app);
    const lone = await newRescuer(app, admin, ['users:mfa', 'roles:manage', 'users:create']);
    const puppet = await newPerson(app);
    const role = await newRole(app, ['users:mfa']);
    const made = await change(lone.client, 'assignRole', { userId: puppet.id, role });
    expect(made.errors).toEqual([]);
    const removalId = await askedRemoval(lone.client, user.id);
    expect(await refused(puppet.client, removalId, user.id)).toBe('SECOND_ADMIN_TOO_NEW');
    // Nor by an old role that gives something else.
    await changed(admin, 'assignRole', { userId: puppet.id, role: await newRole(app, ['users:list']) });
    const others = 'select id from roles where name <> ?';
    await sql(
      app,
      `update role_assignments set created_at = now() - interval '2 days' where holder_id = ? and role_id in (${others})`,
      [puppet.id, role],
    );
    expect(await refused(puppet.client, removalId, user.id)).toBe('SECOND_ADMIN_TOO_NEW');
    await addTotp(puppet.client);
    await ripen(app, puppet.id);
    expect((await confirmRemoval(puppet.client, removalId)).errors).toEqual([]);
  });

  test.each(['widened', 'entered', 'widened for the group'] as const)(
    'does not get by with a puppet whose old role, or old group, is %s today',
    async (way) => {
      const user = await newPersonWithTotp(app);
      const lone = await newRescuer(app, admin, ['users:mfa', 'roles:manage', 'groups:manage']);
      const puppet = await newPerson(app);
      await addTotp(puppet.client);
      const role = await newRole(app, way === 'entered' ? ['users:mfa'] : []);
      const groupId = await newGroup(admin, {
        roles: [role],
        members: way === 'widened for the group' ? [puppet.id] : [],
      });
      if (way === 'widened') await changed(admin, 'assignRole', { userId: puppet.id, role });
      await ripen(app, puppet.id);
      await sql(
        app,
        "update role_assignments set created_at = now() - interval '2 days' where holder_id = ?",
        [groupId],
      );
      await sql(app, "update group_members set created_at = now() - interval '2 days'");
      if (way === 'entered') await managed(lone.client, 'addGroupMember', { groupId, userId: puppet.id });
      else await managed(lone.client, 'updateRole', { role, permissions: ['users:mfa'] });
      const removalId = await askedRemoval(lone.client, user.id);
      expect(await refused(puppet.client, removalId, user.id)).toBe('SECOND_ADMIN_TOO_NEW');
      await sql(app, "update roles set widened_at = now() - interval '2 days' where name = ?", [role]);
      await sql(app, "update group_members set created_at = now() - interval '2 days'");
      expect((await confirmRemoval(puppet.client, removalId)).errors).toEqual([]);
    },
  );

  test('does not get by as a colleague without a second factor whose password they set', async () => {
    const user = await newPersonWithTotp(app);
    const lone = await newRescuer(app, admin, ['users:mfa', 'users:modify']);
    const colleague = await newDelegate(app, admin, ['users:mfa']);
    await ripen(app, colleague.id);
    const password = 'puppets dance on eleven strings';
    expect((await setUserPassword(lone.client, colleague.id, password)).errors).toEqual([]);
    const puppet = app.client();
    await puppet.login({ email: colleague.email, password });
    const removalId = await askedRemoval(lone.client, user.id);
    expect(await refused(puppet, removalId, user.id)).toBe('FACTOR_REMOVAL_NEEDS_FACTOR');
    // Nor by one that they add as them, be it to ask or to confirm.
    await addTotp(puppet);
    expect(await refused(puppet, removalId, user.id)).toBe('FACTOR_REMOVAL_NEEDS_FACTOR');
    expect((await withdrawRemoval(lone.client, removalId)).errors).toEqual([]);
    expect((await askRemoval(puppet, user.id)).code).toBe('FACTOR_REMOVAL_NEEDS_FACTOR');
  });

  test('does not get by with a code by mail, which goes wherever they move the address to', async () => {
    const user = await newPersonWithTotp(app);
    const mailed = await newRescuer(app, admin);
    const removalId = await askedRemoval(first.client, user.id);
    await sql(app, "update sessions set acr = 'aal1' where user_id = ?", [mailed.id]);
    expect(await refused(mailed.client, removalId, user.id)).toBe('FACTOR_REMOVAL_NEEDS_FACTOR');
  });

  test('gets rid of their own second factors neither as the one who asks nor as the one who confirms', async () => {
    expect((await askRemoval(first.client, first.id)).code).toBe('FACTOR_REMOVAL_IS_OWN');
    const lost = await newRescuer(app, admin);
    const removalId = await askedRemoval(first.client, lost.id);
    expect(await refused(lost.client, removalId, lost.id)).toBe('FACTOR_REMOVAL_IS_OWN');
  });

  test('who is delegated gets nowhere with a system admin, confirmed by whomever', async () => {
    const system = await newPersonWithTotp(app);
    await changed(admin, 'assignRole', { userId: system.id, role: 'system_admin' });
    expect((await askRemoval(first.client, system.id)).code).toBe('USER_TOO_POWERFUL');
    const removalId = await askedRemoval(admin, system.id);
    expect(await refused(second.client, removalId, system.id)).toBe('USER_TOO_POWERFUL');
  });

  test('who is delegated asks for nobody who has meanwhile become a system admin', async () => {
    const rising = await newPersonWithTotp(app);
    const removalId = await askedRemoval(first.client, rising.id);
    await changed(admin, 'assignRole', { userId: rising.id, role: 'system_admin' });
    await sql(app, "update role_assignments set created_at = now() - interval '2 days'");
    expect(await refused(admin, removalId, rising.id)).toBe('FACTOR_REMOVAL_OVER');
  });
});

describe('a wish is none any more', () => {
  test('once it was confirmed: of thirty confirmations at once, one succeeds, and later ones do not', async () => {
    const user = await newPersonWithTotp(app);
    const third = await newRescuer(app, admin);
    const removalId = await askedRemoval(first.client, user.id);
    await app.mailbox.clear();
    const clients = [second.client, third.client];
    const answers: Answer[] = await Promise.all(
      Array.from({ length: 30 }, (_, n) => confirmRemoval(clients[n % 2] ?? admin, removalId)),
    );
    expect(tallyCodes(answers)).toEqual({ none: 1, FACTOR_REMOVAL_OVER: 29 });
    const told = (await mailsTo(app, user.email)).filter(({ subject }) => subject.includes('were removed'));
    expect(told).toHaveLength(1);
    expect(await refused(second.client, removalId, user.id)).toBe('FACTOR_REMOVAL_OVER');
  });

  test('once it was confirmed: factors that were added since stay', async () => {
    const user = await newPersonWithTotp(app);
    const removalId = await askedRemoval(first.client, user.id);
    expect((await confirmRemoval(second.client, removalId)).errors).toEqual([]);
    await sql(app, `update users set factor_kinds = '["totp"]' where id = ?`, [user.id]);
    expect(await refused(second.client, removalId, user.id)).toBe('FACTOR_REMOVAL_OVER');
    expect((await withdrawRemoval(first.client, removalId)).code).toBe('FACTOR_REMOVAL_OVER');
  });

  test('once it was withdrawn, or 24 hours have passed', async () => {
    const user = await newPersonWithTotp(app);
    const withdrawn = await askedRemoval(first.client, user.id);
    expect((await withdrawRemoval(second.client, withdrawn)).errors).toEqual([]);
    expect(await refused(second.client, withdrawn, user.id)).toBe('FACTOR_REMOVAL_OVER');
    const late = await askedRemoval(first.client, user.id);
    const [row] = await sql(
      app,
      'select extract(epoch from expires_at - created_at)::int as seconds from factor_removals where id = ?',
      [late],
    );
    expect(row).toEqual({ seconds: 24 * 3600 });
    await sql(app, 'update factor_removals set expires_at = now() where id = ?', [late]);
    expect(await refused(second.client, late, user.id)).toBe('FACTOR_REMOVAL_OVER');
  });

  test.each(['deactivateUser', 'deleteUser'] as const)(
    'after %s, also when the account is opened again',
    async (mutation) => {
      const user = await newPersonWithTotp(app);
      const removalId = await askedRemoval(first.client, user.id);
      await changed(admin, mutation, { userId: user.id });
      expect(await refused(second.client, removalId, user.id)).toBe('FACTOR_REMOVAL_OVER');
      await changed(admin, 'reactivateUser', { userId: user.id });
      expect(await refused(second.client, removalId, user.id)).toBe('FACTOR_REMOVAL_OVER');
    },
  );

  test('when whoever asked was closed, or may no longer ask', async () => {
    const user = await newPersonWithTotp(app);
    const closed = await newRescuer(app, admin);
    const ofClosed = await askedRemoval(closed.client, user.id);
    await changed(admin, 'deactivateUser', { userId: closed.id });
    expect(await refused(second.client, ofClosed, user.id)).toBe('FACTOR_REMOVAL_OVER');
    await withdrawRemoval(second.client, ofClosed);

    const demoted = await newPerson(app);
    const role = await newRole(app, ['users:mfa']);
    await changed(admin, 'assignRole', { userId: demoted.id, role });
    await addTotp(demoted.client);
    await ripen(app, demoted.id);
    const ofDemoted = await askedRemoval(demoted.client, user.id);
    await changed(admin, 'revokeRole', { userId: demoted.id, role });
    expect(await refused(second.client, ofDemoted, user.id)).toBe('FACTOR_REMOVAL_OVER');
  });

  test('when the session that asked was taken from whoever had it, but not when they signed out', async () => {
    const user = await newPersonWithTotp(app);
    const hijacked = await newRescuer(app, admin);
    const thief = await anotherSession(app, hijacked);
    const ofThief = await askedRemoval(thief, user.id);
    expect((await revokeEverythingFrom(hijacked.client, sessionOf(thief))).errors).toEqual([]);
    expect(await refused(second.client, ofThief, user.id)).toBe('FACTOR_REMOVAL_OVER');
    await withdrawRemoval(second.client, ofThief);

    const owner = await anotherSession(app, hijacked, 1);
    const ofOwner = await askedRemoval(owner, user.id);
    await owner.send('mutation { logout { ok } }');
    expect((await confirmRemoval(second.client, ofOwner)).errors).toEqual([]);
  });

  test('for somebody who has lost the permission before they confirm', async () => {
    const user = await newPersonWithTotp(app);
    const demoted = await newDelegate(app, admin, ['users:mfa']);
    await ripen(app, demoted.id);
    const removalId = await askedRemoval(first.client, user.id);
    await sql(app, 'delete from role_assignments where holder_id = ?', [demoted.id]);
    expect(await refused(demoted.client, removalId, user.id)).toMatch(/^(FORBIDDEN|SECOND_ADMIN_TOO_NEW)$/);
  });
});

test('of thirty wishes at once for one user, one waits', async () => {
  const user = await newPersonWithTotp(app);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => askRemoval((n % 2 ? first : second).client, user.id)),
  );
  expect(tallyCodes(answers)).toEqual({ none: 1, FACTOR_REMOVAL_PENDING: 29 });
});

test('two admins who confirm for each other at once do not wait for each other in a circle', async () => {
  const [one, two] = [await newRescuer(app, admin), await newRescuer(app, admin)];
  for (let n = 0; n < 5; n += 1) {
    const user = await newPerson(app);
    const other = await newPerson(app);
    const [ofOne, ofTwo] = [
      await askedRemoval(one.client, user.id),
      await askedRemoval(two.client, other.id),
    ];
    const answers = await Promise.all([confirmRemoval(two.client, ofOne), confirmRemoval(one.client, ofTwo)]);
    expect(tallyCodes(answers)).toEqual({ none: 2 });
  }
});
