import fastifyPlugin from 'fastify-plugin';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface SecurityHeadersOptions {
  /** The origin that browsers reach this server under. */
  readonly publicUrl: string;
}

/**
 * Puts the security headers (ASVS 3.4) on every answer, refusals included. A route that sets one of them
 * itself keeps its own value. Register it first: routes of plugins registered earlier would go without.
 */
export const securityHeaders = fastifyPlugin(
  async (app: FastifyInstance, options: SecurityHeadersOptions) => {
    // With a callback: a promise here would cost every answer some turns of the event loop.
    app.addHook('onSend', (_request, reply, _payload, done) => {
      addSecurityHeaders(reply, options);
      done();
    });
  },
  { name: 'security-headers' },
);

/** The policy of answers that are data: a browser that renders one may load, run, frame and submit nothing. */
export const dataContentSecurityPolicy =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * The policy of the console: its own scripts, workers and connections, nothing inline but styles, which its
 * editor writes at run time.
 */
export const consoleContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The policy of pages: their own script, style and connections, nothing inline, and no text that becomes markup. */
export const pageContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Adds the security headers that a reply lacks, for replies that no hook sees. */
export function addSecurityHeaders(reply: FastifyReply, { publicUrl }: SecurityHeadersOptions): void {
  for (const [name, value] of publicUrl.startsWith('https:') ? overHttps : always) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
}

/** One year over the whole domain (ASVS 3.4.1); RFC 6797 §7.2 forbids the header on plain http. */
const strictTransportSecurity = 'max-age=31536000; includeSubDomains';

const always = Object.entries({
  'content-security-policy': dataContentSecurityPolicy,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
});

const overHttps = [...always, ['strict-transport-security', strictTransportSecurity] as const];
