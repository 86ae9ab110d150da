import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { httpErrors } from './http-errors.js';
import { consoleContentSecurityPolicy } from './security-headers.js';

export interface ConsoleOptions {
  /** Where the built console (index.html and assets/) lies. */
  readonly directory: string;
}

/**
 * Serves the built console under /console/ with its own content security policy; where it was never built,
 * answers CONSOLE_NOT_BUILT. Files named by their hash are cached for a year, the page itself never.
 */
export async function consoleRoutes(app: FastifyInstance, { directory }: ConsoleOptions): Promise<void> {
  if (!(await isBuilt(directory))) {
    app.get('/console', refuse);
    app.get('/console/*', refuse);
    return;
  }
  app.get('/console', async (_request, reply) => reply.redirect('/console/', 308));
  await app.register(fastifyStatic, {
    root: directory,
    prefix: '/console/',
    decorateReply: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const hashed = relative(directory, path).startsWith('assets');
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      reply.header('content-security-policy', consoleContentSecurityPolicy);
    },
  });
}

async function isBuilt(directory: string): Promise<boolean> {
  const found = await stat(join(directory, 'index.html')).catch(() => null);
  return found?.isFile() ?? false;
}

async function refuse(): Promise<never> {
  throw httpErrors.CONSOLE_NOT_BUILT();
}
