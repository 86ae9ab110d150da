import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { newApiKey } from '../support/api-keys.js';
import type { Client } from '../support/client.js';
import { FakeClock } from '../support/clock.js';
import {
  changesOf,
  everything,
  isAlive,
  plant,
  type Planted,
  revokeEverythingFrom,
  sessionOf,
  signInByTotp,
} from '../support/lineage.js';
import { addTotp, type EnrolledTotp, factorsOf } from '../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

interface Drill {
  readonly owner: Person;
  readonly ownTotp: EnrolledTotp;
  readonly ownKey: string;
  readonly intruder: Client;
  readonly planted: Planted;
}

/** An owner with an app and a key of their own, and somebody who has got at the password and one code. */
async function drill(): Promise<Drill> {
  const owner = await newPerson(app);
  const ownKey = (await newApiKey(owner.client, { name: 'backup' })).secret;
  const ownTotp = await addTotp(owner.client, { time: clock });
  const intruder = await signInByTotp(app, { email: owner.email, totp: ownTotp, clock });
  return { owner, ownTotp, ownKey, intruder, planted: await plant(intruder, clock) };
}

const works = async (key: string) =>
  (await app.client().send('{ viewer { kind } }', {}, { 'x-api-key': key })).errors.length === 0;

function idsOf(revoked: readonly { kind: string; id: string }[]): string[] {
  return revoked.map(({ kind, id }) => `${kind}:${id}`).toSorted();
}

const namesOf = ({ passkeyId, apiKeyId, totp }: Planted) =>
  [`api_key:${apiKeyId}`, `passkey:${passkeyId}`, `totp:${totp.factorId}`].toSorted();

test('one mutation removes the three things that an intruder’s session planted, and nothing else', async () => {
  const { owner, ownTotp, ownKey, intruder, planted } = await drill();
  const bystander = await drill();
  await app.mailbox.clear();
  const before = await everything(app);
  const answer = await revokeEverythingFrom(owner.client, sessionOf(intruder));
  expect(answer.errors).toEqual([]);
  const { revoked, kept, endedSessionIds } = (answer.data ?? {})['revokeEverythingFrom'];
  expect(idsOf(revoked)).toEqual(namesOf(planted));
  expect([kept, endedSessionIds]).toEqual([[], [sessionOf(intruder)]]);

  expect(await isAlive(intruder)).toBe(false);
  expect([await works(planted.apiKey), await works(ownKey)]).toEqual([false, true]);
  expect((await factorsOf(owner.client)).map(({ id }) => id)).toContain(ownTotp.factorId);
  expect(await isAlive(await signInByTotp(app, { email: owner.email, totp: ownTotp, clock }))).toBe(true);
  expect([await isAlive(bystander.intruder), await works(bystander.planted.apiKey)]).toEqual([true, true]);

  const left = await everything(app);
  for (const name of ['recovery_codes', 'passwords', 'role_assignments', 'service_accounts']) {
    expect(left[name], name).toEqual(before[name]);
  }
});

test('of all tables those of the three kinds, the session, the audit trail and the outgoing mails change', async () => {
  const { owner, intruder } = await drill();
  await app.services.mails.idle();
  const before = await everything(app);
  await revokeEverythingFrom(owner.client, sessionOf(intruder));
  await app.services.mails.idle();
  const changes = changesOf(before, await everything(app));
  expect(changes['passkeys']).toEqual({ gone: 1, come: 0 });
  expect(changes['totp_factors']).toEqual({ gone: 1, come: 0 });
  // Ended, not deleted: the trail leads to it.
  expect(changes['api_keys']).toEqual({ gone: 1, come: 1 });
  expect(changes['sessions']).toEqual({ gone: 1, come: 1 });
  // Which kinds of factors there are is written down with the account.
  expect(changes['users']).toEqual({ gone: 1, come: 1 });
  const bookkeeping = ['audit_events', 'audit_personal', 'audit_head', 'event_log', 'outgoing_mails'];
  const others = Object.keys(changes).filter((name) => !bookkeeping.includes(name));
  expect(others.toSorted()).toEqual(['api_keys', 'passkeys', 'sessions', 'totp_factors', 'users']);
});

test('a dry run tells the same, and changes nothing in any table', async () => {
  const { owner, intruder, planted } = await drill();
  await app.services.mails.idle();
  const before = await everything(app);
  const answer = await revokeEverythingFrom(owner.client, sessionOf(intruder), true);
  expect(answer.errors).toEqual([]);
  const told = answer.data?.['revokeEverythingFrom'];
  expect(changesOf(before, await everything(app))).toEqual({});
  expect([await isAlive(intruder), await works(planted.apiKey)]).toEqual([true, true]);
  const { data } = await revokeEverythingFrom(owner.client, sessionOf(intruder));
  expect({ ...data?.['revokeEverythingFrom'], dryRun: true }).toEqual(told);
});

test('the owner is written to, and the trail names what went and whose session it was', async () => {
  const { owner, intruder, planted } = await drill();
  await app.mailbox.clear();
  await revokeEverythingFrom(owner.client, sessionOf(intruder));
  await app.services.mails.idle();
  const subjects = app.mailbox.messages(owner.email).map(({ subject }) => subject);
  expect(subjects).toContain('What one session had added to your Latchkey account was removed');
  const [row] = await sql(
    app,
    `select user_id, payload from audit_events where name = 'lineage.revoked' and subject_id = ?`,
    [sessionOf(intruder)],
  );
  const { credentials = [], ...rest } = (row?.['payload'] ?? {}) as { credentials?: string[] };
  expect([row?.['user_id'], credentials.toSorted(), rest]).toEqual([
    owner.id,
    namesOf(planted),
    { by: 'lineage', sessions: [sessionOf(intruder)] },
  ]);
});

test('what a session planted is shown before anything is removed, and it works by its id when its row is purged', async () => {
  const { owner, intruder, planted } = await drill();
  const shown = await owner.client.send(
    'query ($id: UUID!) { session(id: $id) { createdCredentials { kind id createdBySessionId } } }',
    { id: sessionOf(intruder) },
  );
  expect(shown.errors).toEqual([]);
  expect(idsOf(shown.data?.['session'].createdCredentials)).toEqual(namesOf(planted));
  await sql(app, 'delete from sessions where id = ?', [sessionOf(intruder)]);
  const answer = await revokeEverythingFrom(owner.client, sessionOf(intruder));
  expect(answer.errors).toEqual([]);
  expect(idsOf(answer.data?.['revokeEverythingFrom'].revoked)).toEqual(namesOf(planted));
});

test('again, there is nothing left to remove, and nobody is written to', async () => {
  const { owner, intruder } = await drill();
  await revokeEverythingFrom(owner.client, sessionOf(intruder));
  await app.mailbox.clear();
  const again = await revokeEverythingFrom(owner.client, sessionOf(intruder));
  expect(again.data?.['revokeEverythingFrom']).toMatchObject({ revoked: [], kept: [], endedSessionIds: [] });
  expect(app.mailbox.messages(owner.email)).toEqual([]);
});
