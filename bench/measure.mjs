import { join } from 'node:path';
import { UNSEEN_PER_SECOND } from './cells.mjs';

/**
 * Measures one cell once. `slot` counts the measurements of a cell, so that each gets items that no server
 * has seen. `cpuMicros` is the CPU time of the measured process, all its threads, for a request.
 */
export async function measure(world, cell, { seconds, slot, profile = null }) {
  const { child, port } = await world.server(cell.server);
  const run = await runnerOf(world, cell, { child, port, seconds, slot });
  const profiled = profile !== null && cell.server === 'latchkey';
  if (profiled) await child.call('startProfile');
  const before = await child.call('cpu');
  const result = await run();
  const after = await child.call('cpu');
  if (profiled) await child.call('stopProfile', { file: join(profile, `${cell.name}.cpuprofile`) });
  const spent = after.user + after.system - before.user - before.system;
  return { ...result, rps: result.requests / result.seconds, cpuMicros: spent / result.requests };
}

async function runnerOf(world, cell, { child, port, seconds, slot }) {
  if (cell.loop !== undefined) return () => child.call('loop', { seconds, concurrency: cell.loop });
  const load = await world.server('load');
  const job = { ...cell.job, port, seconds, items: itemsOf(world, cell.job, { seconds, slot }) };
  return () => load.child.call('run', job);
}

function itemsOf(world, { kind, items }, { seconds, slot }) {
  if (items === undefined) return undefined;
  const file = world.file(items);
  if (kind !== 'once') return { file };
  const count = unseenPerSlot(seconds);
  return { file, from: slot * count, to: (slot + 1) * count };
}

/** How many items a measurement may use up. */
export function unseenPerSlot(seconds) {
  return Math.ceil(seconds * UNSEEN_PER_SECOND);
}
