import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors } from '../kernel/errors.js';
import type { CapturedMail, DevMailbox } from '../platform/mail/dev-mailbox.js';
import type { MailDefinition } from '../platform/mail/mail-definition.js';
import type { MailTexts } from '../platform/mail/mail-texts.js';
import { isLocalRequest } from './client-address.js';
import { type ShownMail, mailboxPage, mailboxStyle, previewPage, stageOf } from './dev-mailbox-page.js';

export interface DevMailboxOptions {
  readonly mailbox: DevMailbox;
  readonly texts: MailTexts;
  /** The kinds of mail that the previews show. */
  readonly definitions: readonly MailDefinition[];
  readonly environment: 'development' | 'test' | 'production';
}

/**
 * `GET /dev/mailbox` shows the messages that were kept instead of sent, `GET /dev/mailbox/messages` gives them as
 * JSON, `GET /dev/mailbox/preview` shows every kind in every language. They hold sign-in links, so only this
 * machine may look, and in production there is nothing.
 */
export async function devMailboxRoutes(app: FastifyInstance, options: DevMailboxOptions): Promise<void> {
  if (options.environment === 'production') return;
  const { mailbox } = options;
  app.addHook('onRequest', async (request) => assertLocal(request));
  app.get('/dev/mailbox', async (_request, reply) =>
    sendPage(reply, mailboxPage(mailbox.messages().map(shown))),
  );
  app.get('/dev/mailbox/style.css', async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(mailboxStyle),
  );
  app.get('/dev/mailbox/messages', async () => mailbox.messages());
  app.get<{ Params: { id: string } }>('/dev/mailbox/messages/:id/html', async ({ params }, reply) =>
    sendHtml(
      reply,
      mailbox.messages().find(({ id }) => id === params.id),
    ),
  );
  previewRoutes(app, options);
}

function previewRoutes(app: FastifyInstance, { texts, definitions }: DevMailboxOptions): void {
  const inLanguages = ({ name, sample }: MailDefinition) =>
    texts.languages.map((language) => ({ language, ...texts.render(name, language, sample) }));

  app.get('/dev/mailbox/preview', async (_request, reply) => {
    const kinds = definitions.map((definition) => ({
      name: definition.name,
      mails: inLanguages(definition).map(({ language, subject, text }) => ({
        subject,
        about: language,
        text,
        html: `/dev/mailbox/preview/${language}/${definition.name}/html`,
      })),
    }));
    return sendPage(reply, previewPage(kinds));
  });

  app.get<{ Params: { language: string; kind: string } }>(
    '/dev/mailbox/preview/:language/:kind/html',
    async ({ params }, reply) => {
      const definition = definitions.find(({ name }) => name === params.kind);
      const mails = definition ? inLanguages(definition) : [];
      return sendHtml(
        reply,
        mails.find(({ language }) => language === params.language),
      );
    },
  );
}

function shown({ id, to, from, subject, text, html, sentAt }: CapturedMail): ShownMail {
  return {
    subject,
    about: `To ${to} from ${from}, ${sentAt.toISOString()}`,
    text,
    html: html === undefined ? null : `/dev/mailbox/messages/${id}/html`,
  };
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page);
}

/** The HTML of a mail on a stage of its own: no script, no form, an origin of nobody. */
function sendHtml(reply: FastifyReply, mail: { readonly html?: string } | undefined): FastifyReply {
  if (mail?.html === undefined) throw errors.NOT_FOUND();
  return reply
    .header('content-security-policy', mailPolicy)
    .header('x-frame-options', 'SAMEORIGIN')
    .type('text/html; charset=utf-8')
    .send(stageOf(mail.html));
}

const pagePolicy =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; form-action 'none'; " +
  "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

// A site that points its own name at 127.0.0.1 would read the page as its own (DNS rebinding): only the names
// of this machine will do.
function assertLocal(request: FastifyRequest): void {
  const named = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(request.headers.host ?? '');
  if (!named || !isLocalRequest(request)) throw errors.NOT_FOUND();
}
