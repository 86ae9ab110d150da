import { afterEach, beforeEach, expect, test } from 'vitest';
import { defineEvent } from '../../../src/kernel/event.js';
import { systemCaller } from '../../../src/kernel/caller.js';
import { newPerson, newService, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

let app: TestApp;
let admin: Client;
beforeEach(async () => {
  app = await startTestApp();
  admin = await app.adminClient();
  await newPerson(app);
});
afterEach(async () => await app.close());

const QUERY = `query ($expected: AuditChainPointInput) { verifyAuditChain(expected: $expected) {
  valid checked brokenAt reason headSequence headHash } }`;

async function verify(expected: { sequence: number; hash: string } | null = null) {
  const answer = await admin.send(QUERY, { expected });
  expect(answer.errors).toEqual([]);
  return answer.data?.['verifyAuditChain'];
}

async function lastSequence(): Promise<number> {
  const [row] = await sql(app, 'select max(sequence)::int as last from audit_events');
  return Number(row?.['last']);
}

const happened = defineEvent<{ n: number }>('something.happened', { audit: 'Something happened.' });

test('an untouched chain is whole, from its first link to its head', async () => {
  const last = await lastSequence();
  expect(last).toBeGreaterThan(3);
  expect(await verify()).toEqual({
    valid: true,
    checked: last,
    brokenAt: null,
    reason: null,
    headSequence: last,
    headHash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('a chain of many hundred links is checked to the end, across the batches it is read in', async () => {
  await app.services.unitOfWork.run(async ({ emit }) => {
    for (let n = 0; n < 1_100; n += 1) {
      const subject = { type: 'thing', id: String(n) };
      emit(happened, { caller: systemCaller(), subject, userId: null, payload: { n } });
    }
  });
  const last = await lastSequence();
  expect(await verify()).toMatchObject({ valid: true, checked: last });
  await sql(app, `update audit_events set payload = '{"n": 0}' where sequence = ?`, [last - 1]);
  expect(await verify()).toMatchObject({ valid: false, brokenAt: last - 1, checked: last - 2 });
});

test.each([
  ['what happened', `name = 'login.failed'`],
  ['when', `occurred_at = occurred_at + interval '1 second'`],
  ['who did it', `actor_kind = 'user'`],
  ['to whom', `subject_id = 'somebody-else'`],
  ['whose account it was', `user_id = '01890000-0000-7000-8000-000000000000'`],
  ['its facts', `payload = '{"by": "nobody"}'`],
  ['the commitment to its personal facts', `personal_digest = repeat('0', 64)`],
])('a link of which %s was changed is found', async (_, change) => {
  await sql(app, `update audit_events set ${change} where sequence = 2`);
  expect(await verify()).toMatchObject({
    valid: false,
    checked: 1,
    brokenAt: 2,
    reason: 'its contents were changed',
    headSequence: 1,
  });
});

test('a changed link with a hash made without the key is found', async () => {
  await sql(app, `update audit_events set name = 'login.failed', hash = repeat('a', 64) where sequence = 2`);
  expect(await verify()).toMatchObject({ valid: false, brokenAt: 2, reason: 'its contents were changed' });
});

test('a link that was taken out is found', async () => {
  await sql(app, 'delete from audit_events where sequence = 2');
  expect(await verify()).toMatchObject({ valid: false, brokenAt: 2, reason: 'a link is missing before it' });
});

test('a link that was taken out, the others moved up, is found', async () => {
  await sql(app, 'delete from audit_events where sequence = 2');
  await sql(app, 'update audit_events set sequence = 2 where sequence = 3');
  expect(await verify()).toMatchObject({
    valid: false,
    brokenAt: 2,
    reason: 'it does not point at the link before it',
  });
});

test('two links in each other’s place are found', async () => {
  await sql(app, 'update audit_events set sequence = -2 where sequence = 2');
  await sql(app, 'update audit_events set sequence = 2 where sequence = 3');
  await sql(app, 'update audit_events set sequence = 3 where sequence = -2');
  expect(await verify()).toMatchObject({ valid: false, brokenAt: 2 });
});

test('a tail that was cut off is found', async () => {
  const last = await lastSequence();
  await sql(app, 'delete from audit_events where sequence = ?', [last]);
  expect(await verify()).toMatchObject({
    valid: false,
    checked: last - 1,
    brokenAt: last,
    reason: 'the end of the chain was cut off',
  });
});

test('a head that is gone is found', async () => {
  await sql(app, 'delete from audit_head');
  expect(await verify()).toMatchObject({ valid: false, reason: 'the head of the chain is missing' });
});

test('personal facts that were changed are found; erased ones leave the chain whole', async () => {
  const personal = `(select id from audit_events where sequence = 2)`;
  await sql(app, `update audit_personal set facts = '{"ip": "192.0.2.1"}' where event_id = ${personal}`);
  expect(await verify()).toMatchObject({
    valid: false,
    brokenAt: 2,
    reason: 'its personal facts were changed',
  });
  await sql(app, `delete from audit_personal where event_id = ${personal}`);
  expect(await verify()).toMatchObject({ valid: true });
});

test('personal facts that were given to somebody else are found: their erasure would hit the wrong person', async () => {
  const first = `event_id = (select id from audit_events where sequence = 2)`;
  await sql(app, `update audit_personal set user_id = '00000000-0000-7000-8000-000000000000' where ${first}`);
  expect(await verify()).toMatchObject({ valid: false, brokenAt: 2 });
});

test('a row that stands beside the chain is found', async () => {
  const columns =
    'name, occurred_at, actor_kind, subject_type, subject_id, payload, personal_digest, key_id, previous_hash, hash';
  await sql(
    app,
    `insert into audit_events (sequence, id, ${columns})
     select 1000000, gen_random_uuid(), ${columns} from audit_events where sequence = 1`,
  );
  expect(await verify()).toMatchObject({ valid: false, reason: 'there are rows beside the chain' });
});

test('a head kept elsewhere fits as long as its history is that of the database', async () => {
  const { headSequence, headHash } = await verify();
  await newPerson(app);
  expect(await verify({ sequence: headSequence, hash: headHash })).toMatchObject({ valid: true });
});

test('a history that was cut off together with its head is found by a head kept elsewhere', async () => {
  const kept = await verify();
  await sql(app, 'delete from audit_events where sequence = ?', [kept.headSequence]);
  await sql(
    app,
    `update audit_head set sequence = sequence - 1,
       hash = (select hash from audit_events order by sequence desc limit 1)`,
  );
  expect(await verify()).toMatchObject({ valid: true });
  const expected = { sequence: kept.headSequence, hash: kept.headHash };
  expect(await verify(expected)).toMatchObject({
    valid: false,
    reason: 'the link that was kept elsewhere is missing',
  });
  // History goes on, and another link stands in that place.
  await newPerson(app);
  expect(await verify(expected)).toMatchObject({
    valid: false,
    brokenAt: kept.headSequence,
    reason: 'it is not the link that was kept elsewhere',
  });
});

test.each([
  ['a place before the first', { sequence: 0, hash: '0'.repeat(64) }],
  ['no hash', { sequence: 1, hash: 'abc' }],
])('%s is refused as a head', async (_, expected) => {
  const answer = await admin.send(QUERY, { expected });
  expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
});

test('the chain is verified by permission only', async () => {
  const { client } = await newPerson(app);
  const { basic } = await newService(admin);
  expect((await client.send(QUERY)).code).toBe('FORBIDDEN');
  expect((await app.client().send(QUERY, {}, { authorization: basic })).code).toBe('FORBIDDEN');
  expect((await app.client().send(QUERY)).code).toBe('UNAUTHENTICATED');
});

test('links of parallel transactions stand one after another, without a gap', async () => {
  await Promise.all(Array.from({ length: 20 }, async () => await newPerson(app)));
  const last = await lastSequence();
  expect(await verify()).toMatchObject({ valid: true, checked: last });
  expect(await sql(app, 'select count(*)::int as count from audit_events')).toEqual([{ count: last }]);
});
