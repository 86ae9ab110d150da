// Preloaded into our server (`node --import`): lets the benchmark ask the process about itself. It does
// nothing while it is not asked.
import { writeFile } from 'node:fs/promises';
import inspector from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serveParent } from './serve.mjs';

let delays;
let session;

serveParent({
  memory: () => process.memoryUsage(),
  startEventLoop: () => {
    delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
  },
  stopEventLoop: () => {
    delays.disable();
    return { p50: delays.percentile(50) / 1e6, p99: delays.percentile(99) / 1e6, max: delays.max / 1e6 };
  },
  startProfile: async () => {
    session = new inspector.Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
  },
  stopProfile: async ({ file }) => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  },
});
process.channel.unref();
