import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerFrameworkErrors, errorHandler } from '../../../src/http/error-handler.js';
import { defineErrors, errors } from '../../../src/kernel/errors.js';

const teapotErrors = defineErrors({ TEAPOT_SHORT: { status: 418, message: 'Short and stout.' } });

class ConnectionLost extends Error {}

let app: FastifyInstance;
let log: string[];

beforeEach(async () => {
  log = [];
  app = Fastify({
    frameworkErrors: answerFrameworkErrors({ publicUrl: 'https://auth.test' }),
    bodyLimit: 100,
    logger: { level: 'debug', stream: { write: (line: string) => void log.push(line) } },
  });
  await app.register(errorHandler, { isUnavailable: (error) => error instanceof ConnectionLost });
  app.post('/echo', async (request) => request.body);
  app.get('/things/:id', async () => 'thing');
  app.get('/throw/:what', async (request) => {
    throw failures[(request.params as { what: string }).what];
  });
});
afterEach(() => app.close());

const failures: Record<string, unknown> = {
  refusal: teapotErrors.TEAPOT_SHORT({ details: { handle: 'here' }, cause: new Error('internal reason') }),
  limited: errors.RATE_LIMITED({ retryAfter: 7 }),
  anonymous: errors.UNAUTHENTICATED(),
  defect: new Error('password=hunter2'),
  outage: new ConnectionLost('connect ECONNREFUSED 10.0.0.5:5432'),
  upstream: Object.assign(new Error('upstream said no'), { statusCode: 401 }),
  text: 'a thrown string',
};

function get(what: string) {
  return app.inject({ url: `/throw/${what}` });
}

describe('the error handler', () => {
  it('answers a refusal as problem+json under its code', async () => {
    const answer = await get('refusal');
    expect(answer.statusCode).toBe(418);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toEqual({
      type: 'urn:latchkey:error:TEAPOT_SHORT',
      title: 'Short and stout.',
      status: 418,
      code: 'TEAPOT_SHORT',
      requestId: expect.any(String),
      details: { handle: 'here' },
    });
    expect(log.join()).toContain('internal reason');
  });

  it('says when to come back', async () => {
    const answer = await get('limited');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(answer.json().retryAfter).toBe(7);
  });

  it('puts a challenge on every 401', async () => {
    expect((await get('anonymous')).headers['www-authenticate']).toBe('Bearer realm="latchkey"');
  });

  it.each(['defect', 'upstream', 'text'])('keeps the text of a %s in the log', async (what) => {
    const answer = await get(what);
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe('INTERNAL');
    expect(answer.body).not.toMatch(/hunter2|upstream|thrown/);
    expect(log.join()).toMatch(/hunter2|upstream|thrown/);
    expect(log.join()).toContain(answer.json().requestId);
  });

  it('answers an outage of the database with 503', async () => {
    const answer = await get('outage');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.json().code).toBe('SERVICE_UNAVAILABLE');
    expect(answer.body).not.toContain('10.0.0.5');
  });

  it.each([
    ['a body over the limit', '"'.padEnd(200, 'a'), 'application/json', 413, 'BODY_TOO_LARGE'],
    ['broken JSON', '{"a":', 'application/json', 400, 'REQUEST_INVALID'],
    ['an empty JSON body', '', 'application/json', 400, 'REQUEST_INVALID'],
    ['a __proto__ key', '{"__proto__":{"a":1}}', 'application/json', 400, 'REQUEST_INVALID'],
    ['a foreign media type', 'a=1', 'application/x-www-form-urlencoded', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['no media type', 'a=1', '', 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ])('gives a code to %s', async (...[, payload, type, status, code]) => {
    const headers = type === '' ? {} : { 'content-type': type };
    const answer = await app.inject({ method: 'POST', url: '/echo', payload, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json().code).toBe(code);
  });

  it('says that it does not know an address, without repeating it', async () => {
    const answer = await app.inject({ url: '/nowhere/%3Cscript%3E' });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'NOT_FOUND']);
    expect(answer.body).not.toContain('script');
  });

  it.each([
    ['GET', '/echo', 'POST'],
    ['TRACE', '/echo', 'POST'],
    ['DELETE', '/things/1?x=/echo', 'GET, HEAD'],
  ])('refuses %s %s and names the methods that would do', async (method, url, allow) => {
    const answer = await app.inject({ method: method as 'GET', url });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.json().code).toBe('METHOD_NOT_ALLOWED');
  });

  it.each(['/%E0%A4%A', `/things/${'a'.repeat(200)}`])('refuses a URL it cannot route', async (url) => {
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'REQUEST_INVALID']);
  });
});
