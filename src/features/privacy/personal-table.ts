import type { EntityManager } from '../../platform/database/orm.js';
import type { DataSubject, ErasureAction, PersonalData } from '../../platform/personal-data.js';

/** What one feature keeps about people in one table. */
export type PersonalTable = PersonalData & { readonly feature: string };

/** What an erasure does, or did, with the rows of one table. */
export interface ErasedTable {
  readonly feature: string;
  readonly table: string;
  readonly about: string;
  readonly action: ErasureAction;
  readonly because: string;
  readonly rows: number;
}

/** What somebody gets to read of one table. */
export interface ExportedTable {
  readonly feature: string;
  readonly table: string;
  readonly about: string;
  readonly data: object;
}

/** What an erasure does, table by table; writes nothing. */
export async function planErasure(
  em: EntityManager,
  tables: readonly PersonalTable[],
  subject: DataSubject,
): Promise<ErasedTable[]> {
  const planned: ErasedTable[] = [];
  for (const { feature, table, about, action, because, count } of tables) {
    planned.push({ feature, table, about, action, because, rows: await count(em, subject) });
  }
  return planned;
}

/** Erases table by table, in the given order. */
export async function eraseTables(
  em: EntityManager,
  tables: readonly PersonalTable[],
  subject: DataSubject,
): Promise<void> {
  for (const table of tables) await table.erase?.(em, subject);
}

/** What is kept about somebody, as they may read it: of each table that has something to read. */
export async function exportTables(
  em: EntityManager,
  tables: readonly PersonalTable[],
  subject: DataSubject,
): Promise<ExportedTable[]> {
  const exported: ExportedTable[] = [];
  for (const { feature, table, about, export: read } of tables) {
    const data = await read?.(em, subject);
    if (data === null || data === undefined) continue;
    exported.push({ feature, table, about, data: asObject(data) });
  }
  return exported;
}

function asObject(data: unknown): object {
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : { rows: data };
}
