import type { EntityManager } from '../../platform/database/orm.js';
import { defineStatement, type Statement } from '../../platform/database/statements.js';
import type { ChallengeData } from './challenge.entity.js';

/** What a challenge holds, once it has been opened or burnt. */
interface ChallengeRow {
  readonly id: string;
  readonly subject: string | null;
  readonly data: ChallengeData;
}

/**
 * With a slot, the challenge that held it is used up and gives it away: two can never be alive. A row is written
 * each time, also where one is replaced, so that the size of the table tells nothing. The count makes the update come
 * first; when two replace the same one at once, the later takes over the row of the other.
 */
export const insertChallenge = defineStatement<never>(
  'challenge-insert',
  `with replaced as (
     update challenges set slot = null, consumed_at = coalesce(consumed_at, $9) where slot = $5 returning id
   )
   insert into challenges
     (id, purpose, form, subject, slot, secret_hash, max_attempts, data, created_at, expires_at, attempts, consumed_at)
   select $1::uuid, $2, $3, $4, $5, $6, $7::int, $8::text::jsonb, $9::timestamptz, $10::timestamptz, 0, null
   from (select count(*) from replaced) as gone
   on conflict (slot) do update set
     id = excluded.id, form = excluded.form, subject = excluded.subject, secret_hash = excluded.secret_hash, attempts = 0,
     max_attempts = excluded.max_attempts, data = excluded.data, created_at = excluded.created_at,
     expires_at = excluded.expires_at, consumed_at = null`,
);

const TOKEN_IS_GOOD = `secret_hash = $1 and purpose = $2 and form = 'token' and ($3::text is null or subject = $3)
   and consumed_at is null and expires_at > $4`;

/** Who updates the row first has it; the others find it consumed. */
export const burnToken = defineStatement<ChallengeRow>(
  'challenge-burn-token',
  `update challenges set consumed_at = $4 where ${TOKEN_IS_GOOD} returning id, subject, data`,
);

export const peekToken = defineStatement<ChallengeRow>(
  'challenge-peek-token',
  `select id, subject, data from challenges where ${TOKEN_IS_GOOD}`,
);

export const openToken = defineStatement<ChallengeRow>(
  'challenge-open-token',
  `update challenges set attempts = attempts + 1 where ${TOKEN_IS_GOOD} and attempts < max_attempts
   returning id, subject, data`,
);

/** The guess is counted by the statement that judges it, so parallel guesses share one budget. */
export const burnCode = defineStatement<ChallengeRow & { readonly burnt: boolean }>(
  'challenge-burn-code',
  `update challenges set
     attempts = attempts + 1,
     consumed_at = case when secret_hash = any($5::text[]) then $4::timestamptz end
   where id = $1 and purpose = $2 and form = 'code' and ($3::text is null or subject = $3)
     and consumed_at is null and expires_at > $4 and attempts < max_attempts
   returning id, subject, data, consumed_at is not null as burnt`,
);

/** Why a challenge was refused. */
export interface RefusalRow {
  readonly consumed: boolean;
  readonly expired: boolean;
  readonly exhausted: boolean;
}

const REFUSAL = `select consumed_at is not null as consumed, expires_at <= $4 as expired,
     attempts >= max_attempts as exhausted
   from challenges where purpose = $2 and ($3::text is null or subject = $3)`;

export const explainToken = defineStatement<RefusalRow>(
  'challenge-explain-token',
  `${REFUSAL} and secret_hash = $1 and form = 'token'`,
);

export const explainCode = defineStatement<RefusalRow>(
  'challenge-explain-code',
  `${REFUSAL} and id = $1 and form = 'code'`,
);

export const revokeChallenges = defineStatement<{ readonly id: string }>(
  'challenge-revoke',
  `delete from challenges where subject = $1 and ($2::text is null or purpose = $2) and consumed_at is null
   returning id`,
);

export const findSlot = defineStatement<{ readonly id: string }>(
  'challenge-find-slot',
  'select id from challenges where slot = $1 and consumed_at is null and expires_at > $2',
);

export const findSlotOfCode = defineStatement<{ readonly slot: string }>(
  'challenge-find-slot-of-code',
  "select slot from challenges where id = $1 and purpose = $2 and form = 'code' and slot is not null",
);

export const purgeChallenges = defineStatement<{ readonly id: string }>(
  'challenge-purge',
  'delete from challenges where expires_at < $1 returning id',
);

/** Where a statement runs: by itself, or within somebody's transaction. */
export type Runner = <Row>(
  statement: Statement<Row>,
  values: readonly (string | number | null)[],
) => Promise<Row[]>;

/** Runs statements within the transaction of `em`, which counts parameters by their place. */
export function runnerOf(em: EntityManager): Runner {
  return async <Row>({ text }: Statement<Row>, values: readonly (string | number | null)[]) => {
    const inOrder: (string | number | null)[] = [];
    const byPlace = text.replaceAll(/\$(\d+)/g, (_, number: string) => {
      inOrder.push(values[Number(number) - 1] ?? null);
      return '?';
    });
    return await em.execute<Row[]>(byPlace, inOrder);
  };
}
