import { readFileSync } from 'node:fs';
import { isExpected, requestBytes } from './requests.mjs';

/** Gives connections their requests, one after the other; `next` is null when there are no more. */

/** The same request over and over, or one for each item in turn. */
export function rotating({ request, items, expect }) {
  const requests = (items ?? ['']).map((item) => requestBytes(request, item));
  let sent = 0;
  return {
    all: requests,
    next: () => requests[sent++ % requests.length],
    accept: (answer) => isExpected(answer, expect),
  };
}

/** Every item once: what the server has never seen. */
export function once({ request, items, expect }) {
  const requests = items.map((item) => requestBytes(request, item));
  let sent = 0;
  return {
    all: [],
    next: () => requests[sent++] ?? null,
    accept: (answer) => isExpected(answer, expect),
  };
}

/** Each connection its own chain: the next item is found in the last answer. Keeps its place over rounds. */
export function chained({ request, items, expect, nextItem }) {
  const pattern = new RegExp(nextItem);
  const current = [...items];
  return {
    all: [],
    next: (connection) => requestBytes(request, current[connection]),
    accept: (answer, connection) => {
      const found = isExpected(answer, expect) && pattern.exec(answer.body.toString())?.[1];
      if (!found) return false;
      current[connection] = found;
      return true;
    },
  };
}

const kinds = { rotating, once, chained };
const kept = new Map();

/** The script of a job; one with a `keep` name goes on in the next round where it stopped in this. */
export function scriptOf(job) {
  const key = job.keep;
  const known = key === undefined ? undefined : kept.get(key);
  if (known) return known;
  const script = kinds[job.kind]({ ...job, items: itemsOf(job) });
  if (key !== undefined) kept.set(key, script);
  return script;
}

function itemsOf({ items }) {
  if (items === undefined) return undefined;
  return readFileSync(items.file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .slice(items.from ?? 0, items.to);
}
