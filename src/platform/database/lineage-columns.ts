import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

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
