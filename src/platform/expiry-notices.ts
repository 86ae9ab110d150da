import { addSeconds } from '../kernel/clock.js';
import type { Unit } from './database/unit.js';
import type { UnitOfWork } from './database/unit-of-work.js';

const DAY_SECONDS = 86_400;
/** So many days before its end somebody is told; the nearest first, so that nobody gets two at once. */
const NOTICE_DAYS = [3, 14] as const;
/** So many credentials in one transaction. */
const BATCH = 100;

/** What somebody is to be told of in one transaction. */
export interface NoticeWindow {
  /** How many days ahead. */
  readonly days: number;
  /** What ends after the unit's moment, and no later than this. */
  readonly until: Date;
  /** How many at most. */
  readonly limit: number;
}

/**
 * Runs `noticeSome` for each distance until it finds no more; it answers how many it has told of, and claims each in its
 * own unit, so that several processes tell of it once.
 */
export async function noticeExpiring(
  unitOfWork: UnitOfWork,
  noticeSome: (unit: Unit, window: NoticeWindow) => Promise<number>,
): Promise<void> {
  for (const days of NOTICE_DAYS) {
    const noticeBatch = async (unit: Unit): Promise<number> =>
      await noticeSome(unit, { days, until: addSeconds(unit.now, days * DAY_SECONDS), limit: BATCH });
    while ((await unitOfWork.run(noticeBatch)) === BATCH);
  }
}
