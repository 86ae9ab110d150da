import { vi } from 'vitest';
import { sql } from './accounts.js';
import type { TestApp } from './app.js';
import type { Answer } from './client.js';

/**
 * By how many rows all tables together grow, but for those of jobs and of budgets (an address has one as soon as it is
 * asked for, whoever has it), and how many statements the ORM sends for that: those of the transaction.
 */
export async function effortOf(
  app: TestApp,
  work: () => Promise<unknown>,
): Promise<{ rows: number; statements: number }> {
  const before = await rowCount(app);
  const execute = vi.spyOn(app.services.em.getConnection(), 'execute');
  try {
    await work();
    const statements = execute.mock.calls.length;
    return { rows: (await rowCount(app)) - before, statements };
  } finally {
    execute.mockRestore();
  }
}

/**
 * Everything of an answer that could tell two apart, but for what differs from one second to the next, and the headers
 * that are `random`, lower case.
 */
export function seen({ status, headers, data, errors }: Answer, random: readonly string[] = []) {
  const changing = ['date', 'x-request-id', 'keep-alive', 'content-length', ...random];
  const shown = [...headers]
    .filter(([name]) => !changing.includes(name))
    .map(([name, value]) => (name === 'retry-after' ? [name, typeof value] : [name, value]));
  const told = errors.map(({ message, path, extensions }) => ({
    message,
    path,
    extensions: { ...extensions, requestId: 'its own', retryAfter: typeof extensions['retryAfter'] },
  }));
  return { status, headers: shown, data, told };
}

async function rowCount(app: TestApp): Promise<number> {
  const tables = await sql(
    app,
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name not in ('outgoing_mails', 'cron_run', 'rate_limit')`,
  );
  const counts = tables.map(({ name }) => `(select count(*) from "${String(name)}")`).join(' + ');
  const [row] = await sql(app, `select (${counts})::int as rows`);
  return Number(row?.['rows']);
}
