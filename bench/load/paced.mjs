import { note } from './closed-loop.mjs';
import { Connection } from './connection.mjs';
import { summarise } from './latencies.mjs';

/**
 * Requests at a fixed rate, whatever the answers do. A latency counts from the moment at which its request
 * was due, so that a server that stalls cannot hide it by being asked less.
 */
export async function paced({ port, connections, seconds, rate }, script) {
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = [];
  const outcome = { bad: 0, firstBad: null };
  const startedAt = performance.now();
  const total = Math.floor(rate * seconds);
  let due = 0;
  await new Promise((resolve) => {
    const dispatch = () => {
      const wanted = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
      while (due < wanted && idle.length > 0) send(idle.pop());
      if (latencies.length === total) finish();
    };
    const send = (connection) => {
      const dueAt = startedAt + (due / rate) * 1000;
      due += 1;
      connection.send(script.next(0), (answer) => {
        latencies.push(performance.now() - dueAt);
        if (!script.accept(answer, 0)) note(outcome, answer);
        idle.push(connection);
        dispatch();
      });
    };
    const timer = setInterval(dispatch, 1);
    const limit = setTimeout(() => finish(), seconds * 1000 + 20_000);
    const finish = () => {
      clearInterval(timer);
      clearTimeout(limit);
      resolve();
    };
  });
  for (const connection of idle) connection.close();
  const unanswered = total - latencies.length;
  return { requests: latencies.length, ...summarise(latencies), ...outcome, bad: outcome.bad + unanswered };
}
