// G7's floor: nothing but verifications by the same package and with the same costs, one at a time for each
// core, with as many waiting as the logins have connections.
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { argon2id, hash, verify } from 'argon2';
import { serveParent } from '../processes/serve.mjs';
import { timedLoop } from './timed-loop.mjs';

const { memoryKib, timeCost, parallelism } = JSON.parse(process.argv[2]);
const costs = { type: argon2id, memoryCost: memoryKib, timeCost, parallelism };
const password = 'correct horse battery staple';
const phc = await hash(password, costs);

const waiting = [];
let free = availableParallelism();

serveParent({
  loop: (settings) => timedLoop(settings, () => inTurn(() => verify(phc, password))),
  /** The same loop with the delay of the event loop beside it (G8). */
  storm: async (settings) => {
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    const result = await timedLoop(settings, () => inTurn(() => verify(phc, password)));
    delays.disable();
    return { ...result, eventLoopP99: delays.percentile(99) / 1e6 };
  },
});

async function inTurn(work) {
  if (free > 0) free -= 1;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}
