import fastifyCookie, { type CookieSerializeOptions } from '@fastify/cookie';
import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * The cookies of the browser transport. `__Host-` makes the browser refuse them unless they are Secure, for
 * this host only and for every path, so that no sibling subdomain can plant one (RFC 6265bis §4.1.3.2).
 */
export const cookieNames = {
  access: '__Host-latchkey_access',
  refresh: '__Host-latchkey_refresh',
  csrf: '__Host-latchkey_csrf',
} as const;

export type CookieName = (typeof cookieNames)[keyof typeof cookieNames];

/** Lets requests be read for cookies and replies set them. */
export const cookies = fastifyPlugin(
  async (app: FastifyInstance) => {
    await app.register(fastifyCookie);
  },
  { name: 'cookies' },
);

/** The value of a cookie of ours, or null. */
export function readCookie(request: FastifyRequest, name: CookieName): string | null {
  return request.cookies[name] ?? null;
}

/** Sets a cookie of ours for `maxAgeSeconds`. */
export function setCookie(reply: FastifyReply, name: CookieName, value: string, maxAgeSeconds: number): void {
  reply.setCookie(name, value, { ...attributes(name), maxAge: Math.max(0, Math.floor(maxAgeSeconds)) });
}

/** Makes the browser forget a cookie of ours; the attributes are those it was set with, else it would stay. */
export function clearCookie(reply: FastifyReply, name: CookieName): void {
  reply.setCookie(name, '', { ...attributes(name), maxAge: 0, expires: new Date(0) });
}

function attributes(name: CookieName): CookieSerializeOptions {
  return {
    path: '/',
    secure: true,
    // The CSRF token is the one that the page's own script has to read and repeat in a header.
    httpOnly: name !== cookieNames.csrf,
    // Only requests of our own pages rotate a session, a link from elsewhere may arrive signed in.
    sameSite: name === cookieNames.refresh ? 'strict' : 'lax',
  };
}
