import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';

const ROWS = 30_000;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  for (let from = 0; from < ROWS; from += 10_000) {
    await sql(
      app,
      `insert into audit_events (sequence, id, name, occurred_at, actor_kind, actor_id, subject_type, subject_id,
         user_id, payload, personal_digest, key_id, previous_hash, hash)
       select 1000 + n, gen_random_uuid(), 'login.failed', now(), 'user',
         case when n % 3 = 0 then gen_random_uuid() end, 'user', 'x',
         case when n % 2 = 0 then gen_random_uuid() end, '{}', 'd', 'k', 'p', 'h'
       from generate_series(?::int + 1, ?::int) as n`,
      [from, from + 10_000],
    );
  }
  await sql(
    app,
    `insert into audit_personal (event_id, user_id, salt, facts)
     select id, user_id, 's', jsonb_build_object('ip', '192.0.2.1', 'account', 'name-' || sequence)
     from audit_events where sequence > 1000`,
  );
  await sql(app, 'analyze audit_events');
  await sql(app, 'analyze audit_personal');
});
afterAll(() => app.close());

test.each(['count', 'erase'] as const)(
  'to %s what the audit trail holds about somebody reads no table from end to end',
  async (what) => {
    const table = app.services.personalTables.find(({ table: name }) => name === 'audit_personal');
    const statements: { text: string; values: unknown[] }[] = [];
    const em = {
      execute: async (text: string, values: unknown[]) => {
        statements.push({ text, values });
        return [];
      },
    };
    const subject = {
      userId: '01980000-0000-7000-8000-000000000000',
      identifiers: ['name-1001', 'name-2001', 'nobody@example.com'],
    };
    await table?.[what]?.(em as never, subject);
    expect(statements).toHaveLength(1);
    for (const { text, values } of statements) {
      const plan = JSON.stringify(await sql(app, `explain ${text}`, values));
      expect(plan).toContain('audit_personal_unattributed_index');
      expect(plan).toContain('audit_personal_user_id_index');
      expect(plan).toContain('audit_events_actor_id_sequence_index');
      expect(plan).not.toContain('Seq Scan');
    }
  },
);
