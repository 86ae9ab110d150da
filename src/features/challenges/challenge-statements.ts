import { defineStatement } from '../../platform/database/statements.js';
import type { ChallengeData } from './challenge.entity.js';

/** What a challenge holds, once it has been opened or burnt. */
interface ChallengeRow {
  readonly id: string;
  readonly subject: string | null;
  readonly data: ChallengeData;
}

/** With a slot, the new challenge takes the place of the old one in the same row: two can never be alive. */
export const insertChallenge = defineStatement<never>(
  'challenge-insert',
  `insert into challenges
     (id, purpose, form, subject, slot, secret_hash, max_attempts, data, created_at, expires_at, attempts, consumed_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, 0, null)
   on conflict (slot) do update set
     id = excluded.id, form = excluded.form, secret_hash = excluded.secret_hash, attempts = 0,
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

export const purgeChallenges = defineStatement<{ readonly id: string }>(
  'challenge-purge',
  'delete from challenges where expires_at < $1 returning id',
);
