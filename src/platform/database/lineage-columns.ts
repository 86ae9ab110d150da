import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

/** The column of a table of credentials that can be given more than they were made with. */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the column is its own type
export function wideningColumn() {
  return {
    /** The session that gave it more last; null where none has. */
    widenedBySessionId: p.uuid().strictNullable().index(),
  };
}

/** Those of the sessions whose work a credential is, because they created it or gave it more. */
export function sessionsBehind(
  {
    createdBySessionId,
    widenedBySessionId,
  }: { readonly createdBySessionId: string | null; readonly widenedBySessionId: string | null },
  sessionIds: readonly string[],
): string[] {
  return sessionIds.filter((id) => id === createdBySessionId || id === widenedBySessionId);
}

/** Finds what `sessionsBehind` finds. */
export function workOf(sessionIds: readonly string[]): object {
  const ids = { $in: [...sessionIds] };
  return { $or: [{ createdBySessionId: ids }, { widenedBySessionId: ids }] };
}

/** The columns of a table of credentials that say where each comes from (kernel/lineage.ts). */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the columns are their own type
export function lineageColumns() {
  return {
    /** No reference: a credential outlives the row of the session that created it, and can still be traced. */
    createdBySessionId: p.uuid().strictNullable().index(),
    createdByAcr: p.string().length(20).strictNullable(),
    createdByAmr: p.json<readonly string[]>().strictNullable(),
  };
}
