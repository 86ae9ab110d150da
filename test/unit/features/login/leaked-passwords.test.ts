import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LeakedPasswordsService } from '../../../../src/features/login/methods/password/leaked-passwords.service.js';
import { EgressError } from '../../../../src/platform/egress/egress-error.js';
import { FakeClock } from '../../../support/clock.js';
import {
  lineFor,
  otherLines,
  type RangeServer,
  sha1Of,
  startRangeServer,
} from '../../../support/range-server.js';

const PASSWORD = 'three blue kettles';

let server: RangeServer;
let clock: FakeClock;
let leaked: LeakedPasswordsService;
beforeEach(async () => {
  server = await startRangeServer();
  clock = new FakeClock();
  leaked = new LeakedPasswordsService({ clock, url: server.url });
});
afterEach(async () => await server.close());

/** What came of a question: the answer, or why there is none. */
async function outcome(password = PASSWORD): Promise<unknown> {
  return await leaked
    .has(password)
    .catch((error: unknown) => (error instanceof EgressError ? error.reason : error));
}

test('a leaked password is found, and another is not', async () => {
  server.answerWith([...otherLines(800), lineFor(PASSWORD, 17), ...otherLines(3)].join('\r\n'));
  expect(await outcome()).toBe(true);
  server.answerWith(otherLines(800).join('\r\n'));
  expect(await outcome('four blue kettles')).toBe(false);
});

test('the SHA-1 is that of FIPS 180: the known one of "password" is asked for', async () => {
  server.answerWith('1E4C9B93F3F0682250B6CF8331B7EE68FD8:10434004');
  expect(await outcome('password')).toBe(true);
  expect(server.seen.map(({ url }) => url)).toEqual(['/range/5BAA6']);
});

test('five hexadecimal characters leave, padding is asked for, and nothing else is told', async () => {
  await outcome();
  const { prefix, suffix } = sha1Of(PASSWORD);
  expect(server.seen).toEqual([
    {
      method: 'GET',
      url: `/range/${prefix}`,
      headers: {
        host: server.url.slice('http://'.length),
        connection: 'close',
        accept: 'text/plain',
        'add-padding': 'true',
        'user-agent': 'Latchkey',
      },
    },
  ]);
  expect(prefix).toMatch(/^[0-9A-F]{5}$/);
  expect(JSON.stringify(server.seen)).not.toContain(suffix.slice(0, 3));
});

test('the same characters typed on another keyboard are the same password', async () => {
  server.answerWith(lineFor('zürich five'));
  expect(await outcome('zu\u0308rich\u00a0ﬁve')).toBe(true);
});

test('padding names no password', async () => {
  server.answerWith([...otherLines(5), lineFor(PASSWORD, 0)].join('\r\n'));
  expect(await outcome()).toBe(false);
});

test.each([
  ['lower case', (line: string) => line.toLowerCase()],
  ['a newline alone', (line: string) => `${otherLines(1).join('')}\n${line}\n`],
])('an answer in %s is read too', async (_, spell) => {
  server.answerWith(spell(lineFor(PASSWORD)));
  expect(await outcome()).toBe(true);
});

test.each([
  ['a page', '<!doctype html><title>Sign in to the network</title>'],
  ['another kind of hash', `${'A'.repeat(27)}:3`],
  ['a line without a count', sha1Of(PASSWORD).suffix],
  ['one bad line among good ones', [...otherLines(5), 'half a line'].join('\n')],
  ['a negative count', lineFor(PASSWORD, -1)],
])('an answer that cannot be read says nothing: %s', async (_, body) => {
  server.answerWith(body);
  expect(await outcome()).toBe('unreachable');
});

test('a leaked password is found beside a line that cannot be read', async () => {
  server.answerWith(`half a line\n${lineFor(PASSWORD)}`);
  expect(await outcome()).toBe(true);
});

describe('a server that does not answer', () => {
  test('in two seconds is given up', { timeout: 10_000 }, async () => {
    server.answerWith(() => undefined);
    expect(await outcome()).toBe('timeout');
  });

  test('to its end in two seconds is given up', { timeout: 10_000 }, async () => {
    server.answerWith((_request, response) => {
      const drip = setInterval(() => response.write(`${lineFor('x')}\r\n`), 100);
      response.on('close', () => clearInterval(drip));
    });
    expect(await outcome()).toBe('timeout');
  });

  test.each([301, 400, 404, 429, 500, 503])('but with status %i says nothing', async (status) => {
    server.answerWith((_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(lineFor(PASSWORD));
    });
    expect(await outcome()).toBe('unreachable');
  });

  test('but with more than half a megabyte is cut off', async () => {
    server.answerWith(otherLines(13_000).join('\r\n'));
    expect(await outcome()).toBe('too_large');
  });

  test('because there is none says nothing', async () => {
    await server.close();
    expect(await outcome()).toBe('unreachable');
  });

  test('is asked again the next time', async () => {
    server.answerWith((_request, response) => response.writeHead(500).end());
    expect(await outcome()).toBe('unreachable');
    server.answerWith('half a line');
    expect(await outcome()).toBe('unreachable');
    server.answerWith(lineFor(PASSWORD));
    expect(await outcome()).toBe(true);
    expect(server.seen).toHaveLength(3);
  });
});

test('a range is asked for once an hour', async () => {
  server.answerWith(lineFor(PASSWORD));
  expect([await outcome(), await outcome()]).toEqual([true, true]);
  clock.advance(3_599);
  expect([await outcome(), server.seen.length]).toEqual([true, 1]);
  clock.advance(2);
  server.answerWith(otherLines(1).join(''));
  expect([await outcome(), server.seen.length]).toEqual([false, 2]);
});

test('thirty people who ask for a range at once cost one request', async () => {
  server.answerWith(lineFor(PASSWORD));
  const answers = await Promise.all(Array.from({ length: 30 }, async () => await outcome()));
  expect([new Set(answers), server.seen.length]).toEqual([new Set([true]), 1]);
});

test('ranges beyond eight megabytes are forgotten, the oldest first', async () => {
  server.answerWith(otherLines(12_000).join('\r\n'));
  for (let asked = 0; asked < 25; asked += 1) await outcome(`password number ${asked}`);
  expect(server.seen).toHaveLength(25);
  await outcome('password number 24');
  expect(server.seen).toHaveLength(25);
  await outcome('password number 0');
  expect(server.seen).toHaveLength(26);
});

test('a path of the configured address is kept', async () => {
  const mirrored = new LeakedPasswordsService({ clock, url: `${server.url}/mirror/` });
  await mirrored.has(PASSWORD);
  expect(server.seen.map(({ url }) => url)).toEqual([`/mirror/range/${sha1Of(PASSWORD).prefix}`]);
});
