import pino from 'pino';
import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/platform/events/event-bus.js';
import { EmbeddedEventFeed } from '../../src/platform/events/event-feed.js';
import type { EventLog } from '../../src/platform/events/event-log.js';
import { EventStreams, eventCursor } from '../../src/platform/events/event-streams.js';

const NAME = 'session.revoked';
/** More than a stream keeps for a listener that takes none. */
const MANY = 3_000;

test('a listener that was away for thousands of events hears all of them, in order and once each', async () => {
  const { streams, commit } = setUp();
  await commit(MANY);
  const stream = streams.subscribe(NAME, { userId: null, after: eventCursor(event(1)) });
  const heard: number[] = [];
  for await (const { position } of stream as AsyncIterable<RecordedEvent>) {
    heard.push(position);
    // More is committed while the old is still being replayed, and after that.
    if (position % 1_000 === 0 && position <= MANY) await commit(5);
    if (position === MANY + 15) break;
  }
  expect(heard).toEqual(Array.from({ length: MANY + 14 }, (_, i) => i + 2));
});

test('a listener that takes nothing is cut off with STREAM_TOO_SLOW, and no other misses anything', async () => {
  const { streams, commit } = setUp();
  const slow = iterate(streams.subscribe(NAME, { userId: null, after: null }));
  const quick = iterate(streams.subscribe(NAME, { userId: null, after: null }));
  const first = [slow.next(), quick.next()];
  const heard: number[] = [];
  for (let i = 1; i <= MANY; i += 1) {
    await commit(1);
    const { value } =
      i === 1 ? await (first[1] as Promise<IteratorResult<RecordedEvent>>) : await quick.next();
    heard.push(value.position);
  }
  expect(heard).toEqual(Array.from({ length: MANY }, (_, i) => i + 1));

  // What it had been sent it still gets, without a gap, and then the reason.
  const late = [(await first[0])?.value.position];
  const end = await (async () => {
    for (;;) late.push((await slow.next()).value.position);
  })().catch((error: unknown) => error);
  expect(end).toMatchObject({ code: 'STREAM_TOO_SLOW', status: 503 });
  expect(late).toEqual(Array.from({ length: late.length }, (_, i) => i + 1));
  expect(late.length).toBeLessThan(MANY);
});

/** Streams over the real feed of one process and a log in memory. */
function setUp() {
  const committed: RecordedEvent[] = [];
  const feed = new EmbeddedEventFeed({ logger: pino({ level: 'silent' }) });
  const log = {
    reaches: async () => true,
    since: async (position: number, _name: string, limit: number) =>
      committed.slice(position, position + limit),
  } as unknown as EventLog;
  const commit = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const next = event(committed.length + 1);
      committed.push(next);
      await feed.deliver([next]);
    }
  };
  return { streams: new EventStreams({ feed, log }), commit };
}

function event(position: number): RecordedEvent {
  const subject = { subjectType: 'session', subjectId: String(position), userId: null };
  return { position, id: String(position), name: NAME, ...subject, payload: {}, occurredAt: new Date(0) };
}

function iterate(stream: AsyncIterable<unknown>): AsyncIterator<RecordedEvent> {
  return (stream as AsyncIterable<RecordedEvent>)[Symbol.asyncIterator]();
}
