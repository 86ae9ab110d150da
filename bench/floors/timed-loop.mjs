import { summarise } from '../load/latencies.mjs';

/** Runs `work(worker)` over and over in so many workers at once until the time is over; `work` says if it went well. */
export async function timedLoop({ seconds, concurrency }, work) {
  const latencies = [];
  let bad = 0;
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1000;
  const workers = Array.from({ length: concurrency }, async (_, worker) => {
    for (let sentAt = performance.now(); sentAt < deadline; sentAt = performance.now()) {
      if (!(await work(worker))) bad += 1;
      latencies.push(performance.now() - sentAt);
    }
  });
  await Promise.all(workers);
  const elapsed = (performance.now() - startedAt) / 1000;
  return { requests: latencies.length, seconds: elapsed, ...summarise(latencies), bad, firstBad: null };
}
