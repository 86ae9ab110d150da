import { isDeepStrictEqual } from 'node:util';
import type { Unit } from '../../platform/database/unit.js';
import type { ServiceAccount } from './service-account.entity.js';

/** Within a unit that holds the account. Later than every token of it, by whatever clock those were issued. */
export async function endTokensWithin({ em, now }: Unit, id: string): Promise<void> {
  await em.execute(
    `update service_accounts a set tokens_not_before = greatest(?::timestamptz,
       (select max(issued_at) + interval '1 millisecond' from machine_tokens where service_account_id = a.id))
     where id = ?`,
    [now, id],
  );
}

/** The names of what would be different; values are compared as they are stored. */
export function changesOf(row: ServiceAccount, facts: object): string[] {
  const before = new Map<string, unknown>(Object.entries(row));
  return Object.entries(facts).flatMap(([key, value]) =>
    isDeepStrictEqual(before.get(key), value) ? [] : [key],
  );
}
