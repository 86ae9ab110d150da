import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD, sql } from '../support/accounts.js';
import { newApiKey } from '../support/api-keys.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { moveTo, undoChange } from '../support/email-flows.js';
import { plant, signInByTotp } from '../support/lineage.js';
import { addTotp } from '../support/second-factors.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

async function keysOf(userId: string): Promise<unknown[]> {
  const rows = await sql(app, 'select id from api_keys where owner_id = ? and revoked_at is null', [userId]);
  return rows.map(({ id }) => id);
}

async function factorsOf(userId: string): Promise<unknown[]> {
  const rows = await sql(
    app,
    `select id from totp_factors where user_id = ? union all select id from passkeys where user_id = ?`,
    [userId, userId],
  );
  return rows.map(({ id }) => id);
}

test('what the thief planted before and after the change goes, what its owner had before stays', async () => {
  const owner = await newPerson(app);
  const ownKey = await newApiKey(owner.client, { name: 'mine' });
  const ownTotp = await addTotp(owner.client, { time: clock });
  const thief = await signInByTotp(app, { email: owner.email, totp: ownTotp, clock });
  const early = await plant(thief, clock);
  clock.advance(60);
  const { undo, email: theirs } = await moveTo(app, thief, owner.email);
  clock.advance(60);
  const late = await addTotp(thief, { time: clock, name: 'Late' });
  // Through a session that the thief opened with what they had planted, and that asked for nothing.
  const second = await signInByTotp(app, { email: theirs, totp: early.totp, clock });
  const further = await newApiKey(second, { name: 'further' });
  expect(await factorsOf(owner.id)).toHaveLength(4);
  expect(await keysOf(owner.id)).toHaveLength(3);

  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
  expect(await factorsOf(owner.id)).toEqual([ownTotp.factorId]);
  expect(await keysOf(owner.id)).toEqual([ownKey.id]);
  const [row] = await sql(
    app,
    `select payload from audit_events where name = 'lineage.revoked' and user_id = ?`,
    [owner.id],
  );
  expect(row?.['payload']).toMatchObject({ by: 'email_undo' });
  expect(row?.['payload']).toHaveProperty(
    'credentials',
    expect.arrayContaining([`totp:${late.factorId}`, `api_key:${further.id}`, `api_key:${early.apiKeyId}`]),
  );
});

test('whatever the account has got since goes, through whichever session', async () => {
  const owner = await newPerson(app);
  const bystander = await newPerson(app);
  const older = await newApiKey(owner.client, { name: 'older' });
  const thief = app.client();
  await thief.login({ email: owner.email, password: PASSWORD });
  clock.advance(60);
  const { undo, email } = await moveTo(app, thief, owner.email);
  const other = app.client();
  await other.login({ email, password: PASSWORD });
  clock.advance(1);
  await newApiKey(other, { name: 'since' });
  const foreign = await newApiKey(bystander.client, { name: 'of somebody else' });
  expect((await undoChange(app.client(), undo)).errors).toEqual([]);
  expect(await keysOf(owner.id)).toEqual([older.id]);
  expect(await keysOf(bystander.id)).toEqual([foreign.id]);
});
