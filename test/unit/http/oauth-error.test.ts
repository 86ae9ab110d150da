import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearerChallenge, OAuthError, oauthErrorHandler } from '../../../src/http/oauth-error.js';
import { errors } from '../../../src/kernel/errors.js';

let app: FastifyInstance;
let failure: unknown;

beforeEach(() => {
  app = Fastify();
  const options = { errorHandler: oauthErrorHandler((error) => error instanceof RangeError) };
  app.post('/oauth/token', options, async () => {
    throw failure;
  });
});
afterEach(() => app.close());

async function answerTo(thrown: unknown) {
  failure = thrown;
  return app.inject({ method: 'POST', url: '/oauth/token', payload: {} });
}

describe('the error answer of an OAuth endpoint', () => {
  it('has the two members of RFC 6749 and is not cached', async () => {
    const answer = await answerTo(new OAuthError('invalid_scope', 'No "such" scope: \\é\r\nx'));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({
      error: 'invalid_scope',
      error_description: "No 'such' scope:     x",
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('challenges a client that it did not recognise', async () => {
    const answer = await answerTo(errors.UNAUTHENTICATED());
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'invalid_client']);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="latchkey", charset="UTF-8"');
  });

  it.each([
    [errors.INVALID_INPUT(), 400, 'invalid_request', undefined],
    [errors.RATE_LIMITED({ retryAfter: 9 }), 429, 'too_many_requests', '9'],
    [errors.SERVER_BUSY({ retryAfter: 2 }), 503, 'temporarily_unavailable', '2'],
    [new RangeError('connection lost'), 503, 'temporarily_unavailable', '1'],
    [new Error('secret text'), 500, 'server_error', undefined],
  ])('finds the OAuth name of %s', async (thrown, status, name, retryAfter) => {
    const answer = await answerTo(thrown);
    expect([answer.statusCode, answer.json().error]).toEqual([status, name]);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.body).not.toMatch(/secret text|connection lost/);
  });

  it('challenges who came with a Bearer token in its own scheme', async () => {
    const refused = await answerTo(new OAuthError('invalid_token', 'It ended.'));
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="latchkey", error="invalid_token", error_description="It ended."',
    ]);
    const narrow = await answerTo(new OAuthError('insufficient_scope', 'Too narrow.', { scope: 'a:b c:d' }));
    expect([narrow.statusCode, narrow.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="latchkey", error="insufficient_scope", error_description="Too narrow.", scope="a:b c:d"',
    ]);
  });

  it('calls a body it cannot read an invalid request', async () => {
    const answer = await app.inject({ method: 'POST', url: '/oauth/token', payload: 'x', headers: {} });
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'invalid_request']);
  });
});

describe('a bearer challenge', () => {
  it('quotes its parameters', () => {
    const challenge = { realm: 'latchkey', error: 'invalid_token', errorDescription: 'It expired.' } as const;
    expect(bearerChallenge(challenge)).toBe(
      'Bearer realm="latchkey", error="invalid_token", error_description="It expired."',
    );
    expect(bearerChallenge({ realm: 'latchkey' })).toBe('Bearer realm="latchkey"');
    expect(bearerChallenge({ realm: 'a', error: 'insufficient_user_authentication', maxAge: 60 })).toBe(
      'Bearer realm="a", error="insufficient_user_authentication", max_age="60"',
    );
  });

  it('lets no value end early or start another header', () => {
    expect(bearerChallenge({ realm: 'a", error="x\r\nSet-Cookie: a=1\\' })).toBe(
      'Bearer realm="a\\", error=\\"x  Set-Cookie: a=1\\\\"',
    );
  });
});
