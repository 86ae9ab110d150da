import { errors } from './errors.js';

/** What a list is asked for. */
export interface PageRequest {
  /** 1..100. */
  readonly first: number;
  /** A cursor that an earlier page of the same list gave out. */
  readonly after: string | null;
}

/** One page of a list, in order, with the cursor of each row. */
export interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly hasNextPage: boolean;
}

/** Makes the opaque cursor of a row from its sort key. */
export function encodeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/**
 * The sort key inside a cursor. A cursor is an argument like any other: it is checked before it is bound
 * to a query, and a forged one is INVALID_CURSOR, never an error of the database.
 */
export function decodeCursor(cursor: string, isKey: (key: string) => boolean): string {
  const key = cursor.length <= 200 ? Buffer.from(cursor, 'base64url').toString('utf8') : '';
  if (!isKey(key) || encodeCursor(key) !== cursor) throw errors.INVALID_CURSOR();
  return key;
}

/** Cuts `rows` (fetched with one row more than asked for) into a page. */
export function toPage<Row, Node>(
  rows: readonly Row[],
  first: number,
  read: { key: (row: Row) => string; node: (row: Row) => Node },
): Page<Node> {
  const edges = rows
    .slice(0, first)
    .map((row) => ({ cursor: encodeCursor(read.key(row)), node: read.node(row) }));
  return { edges, hasNextPage: rows.length > first };
}
