import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/kernel/caller.js';
import { newPerson, newService, PASSWORD, type Person, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import {
  changesOf,
  everything,
  isAlive,
  plant,
  revokeEverythingFrom,
  sessionOf,
  signInByTotp,
} from '../support/lineage.js';
import { addTotp } from '../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const answerOf = async (client: Client, sessionId: string, dryRun = false) => {
  const answer = await revokeEverythingFrom(client, sessionId, dryRun);
  expect(answer.errors).toEqual([]);
  return answer.data?.['revokeEverythingFrom'];
};
const namesOf = (found: readonly { kind: string; id: string }[]) =>
  found.map(({ kind, id }) => `${kind}:${id}`).toSorted();

async function give(client: Client, userId: string, role = 'system_admin') {
  const answer = await client.send(
    'mutation ($input: AssignRoleInput!) { assignRole(input: $input) { user { id } } }',
    { input: { userId, role } },
  );
  expect(answer.errors).toEqual([]);
}

const rolesOf = async (userId: string) =>
  await sql(app, 'select id from role_assignments where holder_id = ?', [userId]);

describe('what an intruder’s session has planted', () => {
  test('goes down to the last link: the sessions it opened, and what those planted', async () => {
    const owner = await newPerson(app);
    const totp = await addTotp(owner.client, { time: clock });
    const { email } = owner;
    const chain: Client[] = [await signInByTotp(app, { email, totp, clock })];
    const keys: string[] = [];
    for (let link = 0; link < 3; link += 1) {
      const last = chain.at(-1) as Client;
      clock.advance(30);
      const planted = await addTotp(last, { time: clock, name: `Link ${link}` });
      keys.push((await newApiKey(last, { name: `link-${link}` })).id);
      chain.push(await signInByTotp(app, { email, totp: planted, clock }));
    }
    const told = await answerOf(owner.client, sessionOf(chain[0] as Client));
    expect(told.revoked.filter(({ kind }: { kind: string }) => kind === 'totp')).toHaveLength(3);
    expect(namesOf(told.revoked)).toEqual(expect.arrayContaining(keys.map((id) => `api_key:${id}`)));
    expect(told.endedSessionIds).toEqual(chain.map(sessionOf).toSorted());
    for (const client of chain) expect(await isAlive(client)).toBe(false);
    expect(await isAlive(owner.client)).toBe(true);
    const left = await sql(app, 'select id from totp_factors where user_id = ?', [owner.id]);
    expect(left).toEqual([{ id: totp.factorId }]);
  });

  test('goes from the middle of the chain on, and what came before it stays', async () => {
    const owner = await newPerson(app);
    const totp = await addTotp(owner.client, { time: clock });
    const { email } = owner;
    const first = await signInByTotp(app, { email, totp, clock });
    clock.advance(30);
    const second = await addTotp(first, { time: clock, name: 'Second' });
    const middle = await signInByTotp(app, { email, totp: second, clock });
    clock.advance(30);
    const third = await addTotp(middle, { time: clock, name: 'Third' });
    const told = await answerOf(owner.client, sessionOf(middle));
    expect(namesOf(told.revoked)).toEqual([`totp:${third.factorId}`]);
    expect([await isAlive(first), await isAlive(middle)]).toEqual([true, false]);
  });

  test('is found when rows point at each other in a circle, once each', async () => {
    const owner = await newPerson(app);
    const other = app.client();
    await other.login({ email: owner.email, password: PASSWORD });
    const [a, b] = [sessionOf(owner.client), sessionOf(other)];
    const key = await newApiKey(other, { name: 'circle' });
    await sql(app, 'update sessions set created_by_session_id = ? where id = ?', [b, a]);
    await sql(app, 'update sessions set created_by_session_id = ? where id = ?', [a, b]);
    const third = app.client();
    await third.login({ email: owner.email, password: PASSWORD });
    const told = await answerOf(third, a);
    expect(namesOf(told.revoked)).toEqual([`api_key:${key.id}`]);
    expect(told.endedSessionIds).toEqual([a, b].toSorted());
  });

  test('goes although the session it came through has ended', async () => {
    const owner = await newPerson(app);
    const thief = app.client();
    await thief.login({ email: owner.email, password: PASSWORD });
    const key = await newApiKey(thief, { name: 'left behind' });
    await thief.send('mutation { logout { ok } }');
    const told = await answerOf(owner.client, sessionOf(thief));
    expect([namesOf(told.revoked), told.endedSessionIds]).toEqual([[`api_key:${key.id}`], []]);
  });

  test('through the caller’s own session: the session goes on, what it created does not', async () => {
    const { client } = await newPerson(app);
    const key = await newApiKey(client, { name: 'mine' });
    const told = await answerOf(client, sessionOf(client));
    expect([namesOf(told.revoked), told.endedSessionIds]).toEqual([[`api_key:${key.id}`], []]);
    expect(await isAlive(client)).toBe(true);
  });
});

describe('an admin’s session that was stolen', () => {
  test('leaves roles and service accounts with others: they go, and nothing else of theirs', async () => {
    const thief = await app.adminClient();
    const accomplice = await newPerson(app);
    const { clientId } = await newService(thief);
    await give(thief, accomplice.id);
    expect(await rolesOf(accomplice.id)).toHaveLength(1);
    const admin = await app.adminClient();
    const told = await answerOf(admin, sessionOf(thief));
    const kinds = told.revoked.map(({ kind }: { kind: string }) => kind);
    expect(kinds.toSorted()).toEqual(['client_secret', 'role', 'role', 'service_account']);
    expect(told.revoked.map(({ userId }: { userId: string }) => userId)).toContain(accomplice.id);
    expect(await rolesOf(accomplice.id)).toEqual([]);
    const [machine] = await sql(app, 'select enabled from service_accounts where id = ?', [clientId]);
    expect(machine).toEqual({ enabled: false });
    expect(await isAlive(accomplice.client)).toBe(true);
  });

  test('does not let somebody who is no admin any more take back the roles they once gave', async () => {
    const former = await newPerson(app);
    const colleague = await newPerson(app);
    await app.services.unitOfWork.run(async (unit) => {
      await app.services.access.assign(unit, systemCaller(), { kind: 'user', id: former.id }, 'system_admin');
    });
    await give(former.client, colleague.id);
    const again = app.client();
    await again.login({ email: former.email, password: PASSWORD });
    await app.services.unitOfWork.run(async (unit) => {
      await app.services.access.revoke(unit, systemCaller(), { kind: 'user', id: former.id }, 'system_admin');
    });
    const told = await answerOf(again, sessionOf(former.client));
    expect([told.revoked, told.kept.map(({ kind }: { kind: string }) => kind)]).toEqual([[], ['role']]);
    expect(await rolesOf(colleague.id)).toHaveLength(1);
    await sql(app, 'delete from role_assignments where holder_id = ?', [colleague.id]);
  });
});

describe('nobody removes anything', () => {
  test('through the session of somebody else: the answer is as for one that never was', async () => {
    const [owner, stranger] = [await newPerson(app), await newPerson(app)];
    const key = await newApiKey(owner.client, { name: 'mine' });
    const before = await everything(app);
    for (const sessionId of [sessionOf(owner.client), '01890000-0000-7000-8000-000000000000']) {
      const answer = await revokeEverythingFrom(stranger.client, sessionId);
      expect([answer.status, answer.code]).toEqual([404, 'SESSION_NOT_FOUND']);
    }
    const shown = await stranger.client.send(`query ($id: UUID!) { session(id: $id) { id } }`, {
      id: sessionOf(owner.client),
    });
    expect(shown.code).toBe('SESSION_NOT_FOUND');
    expect(changesOf(before, await everything(app))).toEqual({});
    expect(key.id).toBeTypeOf('string');
  });

  test('without a fresh proof, nor with an API key', async () => {
    const { client } = await newPerson(app);
    const { secret } = await newApiKey(client, { name: 'mine' });
    clock.advance(16 * 60);
    await client.refresh();
    expect((await revokeEverythingFrom(client, sessionOf(client))).code).toBe('STEP_UP_REQUIRED');
    const byKey = await app
      .client()
      .send(
        `mutation ($input: RevokeEverythingFromInput!) { revokeEverythingFrom(input: $input) { sessionId } }`,
        { input: { sessionId: sessionOf(client) } },
        { 'x-api-key': secret },
      );
    expect(byKey.code).toBe('FORBIDDEN');
  });

  test('as an admin alone, where it would leave a user without a second factor', async () => {
    const owner = await newPerson(app);
    const thief = app.client();
    await thief.login({ email: owner.email, password: PASSWORD });
    const planted = await plant(thief, clock);
    const told = await answerOf(await app.adminClient(), sessionOf(thief));
    expect(namesOf(told.revoked)).toEqual([`api_key:${planted.apiKeyId}`]);
    expect(namesOf(told.kept)).toEqual(
      expect.arrayContaining([`passkey:${planted.passkeyId}`, `totp:${planted.totp.factorId}`]),
    );
    expect(await isAlive(thief)).toBe(false);
  });

  test('as an admin, of a user with a factor of their own, but what the intruder planted', async () => {
    const owner = await newPerson(app);
    const totp = await addTotp(owner.client, { time: clock });
    const thief = await signInByTotp(app, { email: owner.email, totp, clock });
    await plant(thief, clock);
    const told = await answerOf(await app.adminClient(), sessionOf(thief));
    expect([told.revoked.length, told.kept]).toEqual([3, []]);
    const left = await sql(app, 'select id from totp_factors where user_id = ?', [owner.id]);
    expect(left).toEqual([{ id: totp.factorId }]);
  });
});

test('thirty at once remove it once: one event, one mail', async () => {
  const owner: Person = await newPerson(app);
  const totp = await addTotp(owner.client, { time: clock });
  const thief = await signInByTotp(app, { email: owner.email, totp, clock });
  await plant(thief, clock);
  await app.mailbox.clear();
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => await answerOf(owner.client, sessionOf(thief))),
  );
  expect(answers.filter(({ revoked }) => revoked.length > 0)).toHaveLength(1);
  const events = await sql(
    app,
    `select 1 from audit_events where name = 'lineage.revoked' and subject_id = ?`,
    [sessionOf(thief)],
  );
  expect(events).toHaveLength(1);
});
