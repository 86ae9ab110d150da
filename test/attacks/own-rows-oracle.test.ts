import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newAddress, newPerson, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { changeEmail, generousLimits } from '../support/email-flows.js';

// People may read how many rows are theirs. That must not tell whether an address that they asked for is somebody's.

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** The rows that hold the id of a person in any column, table by table, and what they hold of addresses. */
async function rowsOf({ id }: Person): Promise<Record<string, number>> {
  const columns = await sql(
    app,
    `select table_name as t, column_name as c from information_schema.columns
     where table_schema = 'public' and data_type in ('uuid', 'character varying', 'text')`,
  );
  const counts: Record<string, number> = {};
  for (const { t: table, c: column } of columns) {
    const [t, c] = [String(table), String(column)];
    const [row] = await sql(app, `select count(*)::int as n from "${t}" where "${c}"::text like '%' || ?`, [
      id,
    ]);
    counts[`${t}.${c}`] = Number(row?.['n']);
  }
  return counts;
}

async function planOf({ client }: Person): Promise<unknown> {
  const { data, errors } = await client.send(
    'mutation { eraseMe(input: { dryRun: true }) { tables { table rows } } }',
  );
  expect(errors).toEqual([]);
  return data?.['eraseMe'].tables;
}

async function exportOf({ client }: Person): Promise<unknown[]> {
  const { data, errors } = await client.send('{ exportMyData { sections { table data } } }');
  expect(errors).toEqual([]);
  return data?.['exportMyData'].sections;
}

test('an address that is free and one that is taken leave the same rows, plans and copies with whoever asks', async () => {
  const taken = await newPerson(app);
  const seen: unknown[] = [];
  const deliver = app.services.mails.wake.bind(app.services.mails);
  // As with a mail server that is slow.
  app.services.mails.wake = () => {};
  try {
    for (const address of [newAddress(), taken.email]) {
      const asker = await newPerson(app);
      expect((await changeEmail(asker.client, address)).errors).toEqual([]);
      const rows = await rowsOf(asker);
      const plan = await planOf(asker);
      const copy = JSON.stringify(await exportOf(asker))
        .replaceAll(asker.email, '<email>')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<when>');
      seen.push({ rows, plan, copy });
    }
  } finally {
    app.services.mails.wake = deliver;
  }
  expect(seen[1]).toEqual(seen[0]);
});

const COUNTED = ['erasurePlan', 'dataExport', 'emailChange', 'usernameChange'] as const;

test('a look at what an erasure would do is had ten times an hour, and what is counted by is no id', async () => {
  const person = await newPerson(app);
  const { budgets } = app.services;
  const keys = COUNTED.map((name) => vi.spyOn(budgets[name], 'consume'));
  for (let n = 0; n < 10; n += 1) await planOf(person);
  const answer = await person.client.send(
    'mutation { eraseMe(input: { dryRun: true }) { tables { table rows } } }',
  );
  expect(answer.code).toBe('RATE_LIMITED');
  await exportOf(person);
  await changeEmail(person.client, newAddress());
  await person.client.send(
    'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename } }',
    {
      input: { username: `n-${person.id.slice(-8)}` },
    },
  );
  const spent = keys.map(({ mock }) => mock.calls.flat());
  for (const [n, name] of COUNTED.entries()) {
    expect(spent[n]?.length, name).toBeGreaterThan(0);
    expect(spent[n]?.join(), name).not.toContain(person.id);
  }
  vi.restoreAllMocks();
});

test('nothing with whoever asked for it names an address once its owner is erased', async () => {
  const early = await newPerson(app);
  const late = await newPerson(app);
  const address = newAddress();
  // Before the address is somebody's, and after.
  await changeEmail(early.client, address);
  await app.client().signUp({ email: address, password: 'three blue kettles on a shelf' });
  const owner = app.client();
  await owner.login({ email: address, password: 'three blue kettles on a shelf' });
  await changeEmail(late.client, address);
  await app.services.mails.idle();
  const erased = await owner.send(
    'mutation ($input: EraseMeInput!) { eraseMe(input: $input) { receiptId } }',
    { input: { dryRun: false, confirmEmail: address } },
  );
  expect(erased.errors).toEqual([]);
  for (const { id } of [early, late]) {
    const challenges = await sql(app, 'select data from challenges where subject like ?', [`%${id}`]);
    const facts = await sql(app, 'select facts from audit_personal where user_id = ?', [id]);
    expect(facts.length).toBeGreaterThan(0);
    expect(JSON.stringify([challenges, facts])).not.toContain(address);
  }
  expect(await sql(app, 'select 1 from challenges where data::text like ?', [`%${address}%`])).toEqual([]);
  expect(await sql(app, 'select 1 from audit_personal where facts::text like ?', [`%${address}%`])).toEqual(
    [],
  );
});
