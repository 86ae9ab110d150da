import { afterAll, beforeAll, expect, test } from 'vitest';
import { anotherDevice, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Browser } from '../../support/browser.js';
import type { Answer, Client } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const ERASE = `mutation E($input: EraseMeInput!) { eraseMe(input: $input) {
  userId dryRun receiptId tables { table action rows } } }`;

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(() => app.close());

const eraseMe = async (client: Client, input: object): Promise<Answer> => await client.send(ERASE, { input });
const isThere = async (id: string): Promise<boolean> =>
  (await sql(app, 'select 1 from users where id = ?', [id])).length === 1;

test('erases the account of the caller, and no other', async () => {
  const [person, other] = [await newPerson(app), await newPerson(app)];
  const erased = await eraseMe(person.client, { confirmEmail: person.email });
  expect(erased.errors).toEqual([]);
  expect(erased.data?.['eraseMe']).toMatchObject({ userId: person.id, dryRun: false });
  expect(erased.data?.['eraseMe'].receiptId).toMatch(/^[0-9a-f-]{36}$/);
  expect([await isThere(person.id), await isThere(other.id)]).toEqual([false, true]);
  expect((await person.client.send('{ sessions { edges { node { id } } } }')).code).toBe('SESSION_EXPIRED');
  const again = await app.client().login({ email: person.email, password: PASSWORD });
  expect(again.code).toBe('INVALID_CREDENTIALS');
});

test('the audit trail keeps who did what, and nothing by which anybody could be recognised', async () => {
  const person = await newPerson(app);
  await eraseMe(person.client, { confirmEmail: person.email });
  const rows = await sql(
    app,
    `select e.name, p.facts from audit_events e left join audit_personal p on p.event_id = e.id
     where e.user_id = ? or e.actor_id = ? order by e.sequence desc`,
    [person.id, person.id],
  );
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['user.created', 'session.revoked', 'user.deleted', 'user.erased']),
  );
  expect(rows.map(({ facts }) => facts)).toEqual(rows.map(() => null));
});

test('a browser forgets the session, and only when it is over', async () => {
  const person = await newPerson(app);
  const browser = new Browser(app.url);
  await browser.signIn({ email: person.email, password: PASSWORD });
  expect((await eraseMe(browser, { dryRun: true })).headers.getSetCookie()).toEqual([]);
  expect((await eraseMe(browser, { confirmEmail: 'not mine' })).headers.getSetCookie()).toEqual([]);
  const erased = await eraseMe(browser, { confirmEmail: person.email });
  expect(erased.errors).toEqual([]);
  const cleared = erased.headers.getSetCookie().filter((line) => line.includes('Max-Age=0'));
  expect(cleared.map((line) => line.split('=')[0])).toEqual(
    expect.arrayContaining(['__Host-latchkey_access', '__Host-latchkey_refresh']),
  );
  expect(await isThere(person.id)).toBe(false);
});

test('is refused until the caller has typed their own address', async () => {
  const [person, other] = [await newPerson(app), await newPerson(app)];
  for (const input of [{}, { confirmEmail: '' }, { confirmEmail: other.email }, { confirmEmail: null }]) {
    expect((await eraseMe(person.client, input)).code).toBe('ERASURE_NOT_CONFIRMED');
  }
  expect(await isThere(person.id)).toBe(true);
  const confirmed = await eraseMe(person.client, { confirmEmail: ` ${person.email.toUpperCase()} ` });
  expect(confirmed.errors).toEqual([]);
});

test('a dry run needs no confirmation, tells what would go, and writes nothing', async () => {
  const person = await newPerson(app);
  const before = await sql(app, 'select sequence from audit_head');
  const plan = await eraseMe(person.client, { dryRun: true });
  expect(plan.errors).toEqual([]);
  expect(plan.data?.['eraseMe']).toMatchObject({ dryRun: true, receiptId: null });
  expect(plan.data?.['eraseMe'].tables).toContainEqual({ table: 'users', action: 'DELETED', rows: 1 });
  expect(await sql(app, 'select sequence from audit_head')).toEqual(before);
  expect(await isThere(person.id)).toBe(true);
});

test('needs a sign-in that is not long ago', async () => {
  const person = await newPerson(app);
  clock.advance(app.services.config.freshSeconds + 1);
  await person.client.refresh();
  const late = await eraseMe(person.client, { confirmEmail: person.email });
  expect([late.status, late.code]).toEqual([403, 'STEP_UP_REQUIRED']);
  expect((await eraseMe(person.client, { dryRun: true })).code).toBe('STEP_UP_REQUIRED');
  const device = await anotherDevice(app, person);
  expect((await eraseMe(device, { confirmEmail: person.email })).errors).toEqual([]);
});

test('of thirty at once one erases, and the others find nobody', async () => {
  const person = await newPerson(app);
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => await eraseMe(person.client, { confirmEmail: person.email })),
  );
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  const refusals = new Set(answers.flatMap(({ code }) => (code === undefined ? [] : [code])));
  expect([...refusals].filter((code) => !['USER_NOT_FOUND', 'SESSION_EXPIRED'].includes(code))).toEqual([]);
  const receipts = await sql(
    app,
    "select 1 from audit_events where name = 'user.erased' and subject_id = ?",
    [person.id],
  );
  expect(receipts).toHaveLength(1);
});

test('the last system admin cannot go', async () => {
  const admin = await app.adminClient();
  expect((await eraseMe(admin, { confirmEmail: 'admin@example.com' })).code).toBe('LAST_ADMIN');
  expect(await isThere(admin.userId ?? '')).toBe(true);
});

test('nobody is erased who is not signed in', async () => {
  expect((await eraseMe(app.client(), { confirmEmail: 'admin@example.com' })).code).toBe('UNAUTHENTICATED');
});
