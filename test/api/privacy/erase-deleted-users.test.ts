import { systemCaller } from '../../../src/kernel/caller.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { userErrors } from '../../../src/features/users/users.contract.js';
import { newPerson, type Person, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { operations, run } from '../../support/operations.js';

const DAY = 86_400;

const clock = new FakeClock();
let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ clock });
  admin = await app.adminClient();
});
afterAll(() => app.close());

/** The ids among those of `people` that still have an account. */
async function left(...people: Person[]): Promise<unknown[]> {
  const ids = people.map(({ id }) => id);
  const rows = await sql(app, `select id from users where id = any(?::uuid[])`, [`{${ids.join(',')}}`]);
  return ids.filter((id) => rows.some((row) => row['id'] === id));
}

async function deleted(): Promise<Person> {
  const person = await newPerson(app);
  await change('delete', person);
  return person;
}

async function change(verb: 'delete' | 'reactivate', { id }: Person): Promise<void> {
  const [field, type] = [`${verb}User`, `${verb === 'delete' ? 'Delete' : 'Reactivate'}UserInput`];
  const client = await app.adminClient();
  const answer = await client.send(
    `mutation ($input: ${type}!) { ${field}(input: $input) { user { id } } }`,
    { input: { userId: id } },
  );
  expect(answer.errors).toEqual([]);
}

test('an account is erased when it was deleted 30 days ago, and not before; others stay', async () => {
  const [gone, active] = [await deleted(), await newPerson(app)];
  clock.advance(30 * DAY - 60);
  expect(await app.services.retention.eraseDeleted()).toBe(0);
  const late = await deleted();
  clock.advance(120);
  expect(await app.services.retention.eraseDeleted()).toBe(1);
  expect(await left(gone, active, late)).toEqual([active.id, late.id]);
  const [event] = await sql(
    app,
    "select actor_kind from audit_events where name = 'user.erased' and subject_id = ?",
    [gone.id],
  );
  expect(event).toEqual({ actor_kind: 'system' });
});

test('nothing of it stays: not the address that was free meanwhile, and the chain verifies', async () => {
  const gone = await deleted();
  clock.advance(31 * DAY);
  const name = await sql(app, `select 1 from users where former_email = ?`, [gone.email]);
  expect(name).toHaveLength(1);
  await app.services.retention.eraseDeleted();
  const facts = await sql(app, 'select facts::text from audit_personal where facts::text like ?', [
    `%${gone.email}%`,
  ]);
  expect(facts).toEqual([]);
  admin = await app.adminClient();
  expect((await run(admin, operations.verifyAuditChain, {})).verifyAuditChain).toMatchObject({ valid: true });
});

test('somebody else who has the address by now keeps what is about them', async () => {
  const gone = await deleted();
  const heir = app.client();
  await heir.signUp({ email: gone.email, password: 'three blue kettles on a shelf' });
  await heir.login({ email: gone.email, password: 'three blue kettles on a shelf' });
  await app.client().login({ email: gone.email, password: 'wrong password, as anybody types' });
  clock.advance(31 * DAY);
  await app.services.retention.eraseDeleted();
  const facts = await sql(
    app,
    `select e.name from audit_personal p join audit_events e on e.id = p.event_id
     where p.user_id = ? and p.facts::text like ? order by e.sequence`,
    [heir.userId, `%${gone.email}%`],
  );
  expect(facts.map(({ name }) => name)).toEqual(expect.arrayContaining(['user.created', 'login.failed']));
});

test('an account that was restored meanwhile is not erased', async () => {
  const person = await deleted();
  clock.advance(31 * DAY);
  await change('reactivate', person);
  const { erasure } = app.services;
  await expect(erasure.eraseDeleted(systemCaller(), person.id, clock.now())).rejects.toThrow(
    userErrors.USER_NOT_FOUND().message,
  );
  await app.services.retention.eraseDeleted();
  expect(await left(person)).toEqual([person.id]);
});

test('one that fails keeps no other from being erased, and is tried again', async () => {
  const people = [await deleted(), await deleted(), await deleted()];
  const stuck = people[1]?.id;
  clock.advance(31 * DAY);
  await sql(
    app,
    `create function refuse() returns trigger language plpgsql as $$ begin
       if old.id = '${stuck}' then raise exception 'stuck'; end if; return old; end $$`,
  );
  await sql(app, 'create trigger refuse before delete on users for each row execute function refuse()');
  expect(await app.services.retention.eraseDeleted()).toBe(2);
  expect(await left(...people)).toEqual([stuck]);
  await sql(app, 'drop trigger refuse on users');
  expect(await app.services.retention.eraseDeleted()).toBe(1);
  expect(await left(...people)).toEqual([]);
});

test('more than a batch of them are erased in one night, and two processes at once do it once', async () => {
  await sql(
    app,
    `insert into users (id, email, status, metadata, factor_kinds, second_factor_required, created_at, updated_at,
       deleted_at)
     select gen_random_uuid(), 'many-' || n || '@deleted.invalid', 'deleted', '{}', '[]', false, ?, ?, ?
     from generate_series(1, 25) as n`,
    [clock.now(), clock.now(), clock.now()],
  );
  clock.advance(31 * DAY);
  const counts = await Promise.all([
    app.services.retention.eraseDeleted(),
    app.services.retention.eraseDeleted(),
  ]);
  expect(counts.reduce((a, b) => a + b)).toBe(25);
  expect(await sql(app, "select 1 from users where email like 'many-%'")).toEqual([]);
});
