import { Connection } from './connection.mjs';
import { summarise } from './latencies.mjs';

/**
 * So many connections, each sending its next request when the last is answered, until the time is over or
 * the requests are used up. Every answer is judged.
 */
export async function closedLoop({ port, connections, seconds }, script) {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = [];
  const outcome = { bad: 0, firstBad: null };
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1000;
  await Promise.all(
    open.map((connection, index) => work({ connection, index, deadline, latencies, outcome, script })),
  );
  const elapsed = (performance.now() - startedAt) / 1000;
  for (const connection of open) connection.close();
  return { requests: latencies.length, seconds: elapsed, ...summarise(latencies), ...outcome };
}

function work({ connection, index, deadline, latencies, outcome, script }) {
  return new Promise((resolve) => {
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      const request = sentAt < deadline ? script.next(index) : null;
      if (request === null) resolve();
      else connection.send(request, settle);
    };
    const settle = (answer) => {
      latencies.push(performance.now() - sentAt);
      if (script.accept(answer, index)) return send();
      note(outcome, answer);
      // A broken connection, or a chain that has lost its next link, has no more to say.
      if (answer.status === 0 || outcome.bad > 1000) resolve();
      else send();
    };
    send();
  });
}

/** Counts an answer that nobody expected and keeps the first for the report. */
export function note(outcome, { status, body, error }) {
  outcome.bad += 1;
  outcome.firstBad ??= `${status} ${error?.message ?? body?.toString().slice(0, 300)}`;
}
