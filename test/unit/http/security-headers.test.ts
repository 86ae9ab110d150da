import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { answerFrameworkErrors, errorHandler } from '../../../src/http/error-handler.js';
import { securityHeaders } from '../../../src/http/security-headers.js';

let app: FastifyInstance;
afterEach(() => app.close());

async function start(publicUrl: string): Promise<string> {
  app = Fastify({ frameworkErrors: answerFrameworkErrors({ publicUrl }) });
  await app.register(securityHeaders, { publicUrl });
  await app.register(errorHandler, { isUnavailable: () => false });
  app.get('/data', async () => ({ a: 1 }));
  app.get('/boom', async () => {
    throw new Error('secret detail');
  });
  app.get('/own', async (_request, reply) => {
    reply
      .header('cache-control', 'public, max-age=60')
      .header('content-security-policy', "default-src 'self'");
    return 'own';
  });
  app.get('/cookies', async (_request, reply) => {
    reply.header('set-cookie', 'a=1').header('set-cookie', 'b=2');
    return 'ok';
  });
  await app.register(async (child) => {
    child.get('/child', async () => 'child');
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

describe('security headers', () => {
  it.each(['/data', '/boom', '/missing', '/child', '/%E0%A4%A'])('are on every answer: %s', async (path) => {
    const { headers } = await fetch((await start('https://auth.test')) + path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('promise https only where there is https', async () => {
    const { headers } = await fetch(`${await start('http://localhost:4000')}/data`);
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('give way to a route that sets its own', async () => {
    const { headers } = await fetch(`${await start('https://auth.test')}/own`);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect(headers.get('content-security-policy')).toBe("default-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('leave every Set-Cookie in place', async () => {
    const { headers } = await fetch(`${await start('https://auth.test')}/cookies`);
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });
});
