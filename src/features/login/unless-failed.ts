import type { Attempt } from '../lockout/attempt.js';

/** When `work` fails, nothing was judged: a busy server or a lost database must not count against the account. */
export async function unlessFailed<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await attempt.withdrawn();
    throw error;
  }
}
