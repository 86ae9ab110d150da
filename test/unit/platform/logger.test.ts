import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/kernel/secret.js';
import { createLogger, type Logger } from '../../../src/platform/logger.js';

function capture(write: (logger: Logger) => void, level = 'info') {
  const lines: string[] = [];
  write(createLogger({ level }, { write: (line) => lines.push(line) }));
  return { text: lines.join(''), lines, records: lines.map((line) => JSON.parse(line)) };
}

test('a line is one JSON object with level, ISO time and message', () => {
  const { lines, records } = capture((logger) => logger.info({ userId: 'u1' }, 'signed in'));
  expect(lines).toHaveLength(1);
  expect(records[0]).toMatchObject({ level: 'info', msg: 'signed in', userId: 'u1' });
  expect(records[0].time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('a secret under any spelling of its name is redacted, however deep', () => {
  const secrets = {
    password: 'canary',
    client_secret: 'canary',
    'X-Api-Key': 'canary',
    refreshToken: ['canary'],
  };
  const { text, records } = capture((logger) =>
    logger.warn({ ...secrets, request: { headers: { Authorization: 'canary' }, list: [secrets] } }, 'hello'),
  );
  expect(text).not.toContain('canary');
  expect(records[0].request.list[0].client_secret).toBe('[redacted]');
});

test('secrets bound to a child, its child and its bindings are redacted', () => {
  const { text, records } = capture((logger) =>
    logger
      .child({ token: 'canary', reqId: 'r1' })
      .child({ user: { password: 'canary' } })
      .info('x'),
  );
  expect(text).not.toContain('canary');
  expect(records[0]).toMatchObject({ reqId: 'r1', token: '[redacted]', user: { password: '[redacted]' } });
});

test('a secret in a formatted argument is redacted', () => {
  const { text } = capture((logger) =>
    logger.info('got %o and %j', { password: 'canary' }, { token: 'canary' }),
  );
  expect(text).not.toContain('canary');
});

test('Secret values, bytes and instances of classes do not show what they hold', () => {
  class Session {
    readonly refresh = 'canary';
  }
  const { text, records } = capture((logger) =>
    logger.info({ key: new Secret('canary'), bytes: Buffer.from('canary'), session: new Session() }, 'x'),
  );
  expect(text).not.toContain('canary');
  expect(records[0]).toMatchObject({ key: '[secret]', bytes: '[6 bytes]', session: '[Session]' });
});

test('an error keeps type, code, message, stack and causes, and drops everything it carries', () => {
  const cause = Object.assign(new TypeError('socket closed'), { headers: { authorization: 'canary' } });
  const error = Object.assign(new Error('upstream failed', { cause }), {
    code: 'ECONNRESET',
    config: { password: 'canary', url: 'canary' },
    request: 'canary',
  });
  for (const given of [error, { err: error }, { job: { failure: error } }]) {
    expect(capture((logger) => logger.error(given)).text).not.toContain('canary');
  }
  const [record] = capture((logger) => logger.error(error)).records;
  expect(record).toMatchObject({
    msg: 'upstream failed',
    err: { type: 'Error', errorCode: 'ECONNRESET', cause: { type: 'TypeError', message: 'socket closed' } },
  });
  expect(record.err.stack).toContain('logger.test.ts');
});

test('credentials inside the text of an error or message do not reach the line', () => {
  const texts = [
    'connect postgres://latchkey:canary@db:5432/latchkey failed',
    'GET https://a.test/callback?state=1&code=canary&x=1',
    'sent Authorization: Bearer canarycanary',
    'bad token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-signature',
  ];
  for (const text of texts) {
    const error = new Error('outer', { cause: new Error(text) });
    const written = capture((logger) => {
      logger.info(text);
      logger.error({ err: error, note: text });
      logger.error(new Error(text));
    });
    expect(written.text, text).not.toContain('canary');
    expect(written.records).toHaveLength(3);
  }
});

test("a failed statement shows its reason and none of its values, in the error, its stack or the line's message", () => {
  const message = `insert into "user" ("email") values ('canary@x.test', 'it''s canary') - duplicate key`;
  const { text, records } = capture((logger) => {
    logger.error(new Error(message));
    logger.error({ err: new Error('outer', { cause: new Error(message) }) });
  });
  expect(text).not.toContain('canary');
  expect(records[0].msg).toContain('duplicate key');
});

test('a request is its method, path and address: no query, no headers', () => {
  const req = {
    method: 'GET',
    url: '/cb?code=canary',
    ip: '192.0.2.1',
    headers: { cookie: 'canary' },
    socket: {},
  };
  const { text, records } = capture((logger) =>
    logger.info({ req, res: { statusCode: 200, raw: 'canary' } }),
  );
  expect(text).not.toContain('canary');
  expect(records[0].req).toEqual({ method: 'GET', url: '/cb', ip: '192.0.2.1' });
  expect(records[0].res).toEqual({ statusCode: 200 });
});

test('no value can start a new line or reach a terminal as a control code', () => {
  const attack = 'x\r\n{"level":"info","msg":"forged"}\u001b[2J\u009b31m\u2028\u0085\u007f';
  const { lines, records } = capture((logger) =>
    logger.child({ a: attack }).info({ [attack]: attack }, attack),
  );
  expect(lines).toHaveLength(1);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(lines[0]?.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  expect(records[0].msg).toBe(attack);
});

test('cycles and depth are cut and never an error', () => {
  const loop: Record<string, unknown> = { name: 'loop' };
  loop.self = loop;
  expect(capture((logger) => logger.info({ loop })).lines).toHaveLength(1);
});

test('silent says nothing, and a level hides the less severe', () => {
  expect(capture((logger) => logger.fatal('x'), 'silent').lines).toEqual([]);
  const { records } = capture((logger) => {
    logger.info('hidden');
    logger.warn('shown');
  }, 'warn');
  expect(records.map((record) => record.msg)).toEqual(['shown']);
});

test('what was logged is not changed by it', () => {
  const fields = { user: { password: 'kept' } };
  capture((logger) => logger.info(fields));
  expect(inspect(fields)).toContain('kept');
});
