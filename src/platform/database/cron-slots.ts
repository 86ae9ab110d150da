import type { Clock } from '../../kernel/clock.js';
import { defineStatement, type Statements } from './statements.js';

const CLAIM = defineStatement<{ key: string }>(
  'cron-claim-slot',
  `insert into cron_run (key, started_at) values ($1, $2::timestamptz)
   on conflict do nothing returning key`,
);
const COMPLETE = defineStatement(
  'cron-complete-slot',
  'update cron_run set completed_at = $2::timestamptz where key = $1',
);

/** The slots of scheduled jobs, one row each: of all processes, the one that inserts it runs the job (ADR 0003). */
export class CronSlots {
  constructor(private readonly deps: { readonly statements: Statements; readonly clock: Clock }) {}

  /** True for exactly one caller, ever. */
  claim = async (key: string): Promise<boolean> => {
    const rows = await this.deps.statements.run(CLAIM, [key, this.deps.clock.now().toISOString()]);
    return rows.length > 0;
  };

  /** Notes that the run has ended. */
  complete = async (key: string): Promise<void> => {
    await this.deps.statements.run(COMPLETE, [key, this.deps.clock.now().toISOString()]);
  };
}
