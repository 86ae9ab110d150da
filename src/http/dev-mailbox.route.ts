import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errors } from '../kernel/errors.js';
import type { CapturedMail, DevMailbox } from '../platform/mail/dev-mailbox.js';
import { isLocalRequest } from './client-address.js';

export interface DevMailboxOptions {
  readonly mailbox: DevMailbox;
  readonly environment: 'development' | 'test' | 'production';
}

/**
 * `GET /dev/mailbox` shows the messages that were kept instead of sent, `GET /dev/mailbox/messages` gives
 * them as JSON. They hold sign-in links, so only this machine may look, and in production there is nothing.
 */
export async function devMailboxRoutes(app: FastifyInstance, options: DevMailboxOptions): Promise<void> {
  if (options.environment === 'production') return;
  const { mailbox } = options;
  app.addHook('onRequest', async (request) => assertLocal(request));
  app.get('/dev/mailbox', async (_request, reply) =>
    reply
      .header('content-security-policy', pagePolicy)
      .type('text/html; charset=utf-8')
      .send(page(mailbox.messages())),
  );
  app.get('/dev/mailbox/style.css', async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(style),
  );
  app.get('/dev/mailbox/messages', async () => mailbox.messages());
}

const pagePolicy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A site that points its own name at 127.0.0.1 would read the page as its own (DNS rebinding): only the names
// of this machine will do.
function assertLocal(request: FastifyRequest): void {
  const named = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.host ?? '');
  if (!named || !isLocalRequest(request)) throw errors.NOT_FOUND();
}

function page(messages: readonly CapturedMail[]): string {
  const items = messages.toReversed().map(article).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mailbox</title>
<link rel="stylesheet" href="/dev/mailbox/style.css">
<h1>Mailbox</h1>
<p>Mail of this development server: kept in memory, sent to nobody.</p>
${items === '' ? '<p>No mail yet.</p>' : items}
</html>
`;
}

function article({ to, from, subject, text, sentAt }: CapturedMail): string {
  return `<article>
<h2>${escapeHtml(subject)}</h2>
<p>To ${escapeHtml(to)} from ${escapeHtml(from)}, <time>${sentAt.toISOString()}</time></p>
<pre>${linked(text)}</pre>
</article>`;
}

function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) => {
      const safe = escapeHtml(part);
      return index % 2 === 1 ? `<a href="${safe}" rel="noreferrer">${safe}</a>` : safe;
    })
    .join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
body { font-family: system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0; padding: 0 1rem; }
h2 { font-size: 1.1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;
