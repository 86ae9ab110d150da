// The load generator, a process of its own: keep-alive connections without pipelining, bounded in time and
// in number of requests. Needs nothing but Node, so that anybody can repeat the figures.
import { closedLoop } from './load/closed-loop.mjs';
import { Connection } from './load/connection.mjs';
import { paced } from './load/paced.mjs';
import { scriptOf } from './load/scripts.mjs';
import { serveParent } from './processes/serve.mjs';

const PRIMERS = 8;

serveParent({
  /** Runs a job: `{ port, kind, request, items, expect, connections, seconds, rate?, prime? }`. */
  run: async (job) => {
    const script = scriptOf(job);
    if (job.prime) await prime(job.port, script);
    return await (job.rate === undefined ? closedLoop : paced)(job, script);
  },
});

/** Sends every request once beforehand, for scenarios about what the server has seen already. */
async function prime(port, { all }) {
  const queue = [...all];
  await Promise.all(
    Array.from({ length: PRIMERS }, async () => {
      const connection = await Connection.open(port);
      for (let request = queue.pop(); request !== undefined; request = queue.pop()) {
        await connection.request(request);
      }
      connection.close();
    }),
  );
}
