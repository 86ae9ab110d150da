import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { htmlEscape } from 'escape-goat';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../platform/config/config.js';
import { readableOn } from '../platform/mail/mail-layout.js';
import { packageRoot } from '../platform/package-root.js';
import { pageContentSecurityPolicy } from './security-headers.js';

/** The last part of the address of each page: the links in mails end with them. */
export const accountTasks = [
  'verify-email',
  'confirm-email',
  'undo-email-change',
  'reset-password',
  'activate',
  'login',
] as const;

/**
 * `GET /account/<task>`: the pages behind the links in mails. Getting one, however often, uses nothing up: the token
 * is in the fragment, and only a click sends it. One page for all tasks; nothing of it comes from elsewhere.
 */
export const accountPagesRoute =
  ({ config }: { readonly config: Pick<Config, 'mailLook'> }) =>
  async (app: FastifyInstance): Promise<void> => {
    for (const [name, type, text] of await readFiles(config.mailLook)) {
      app.get(`/account/${name}`, async (_request, reply) =>
        reply
          .header('content-security-policy', pageContentSecurityPolicy)
          .type(`${type}; charset=utf-8`)
          .send(text),
      );
    }
  };

/** Name, type and text of everything the pages consist of. */
async function readFiles({ productName, color }: Config['mailLook']) {
  const page = filled(await read('page.html'), {
    product: htmlEscape(productName),
    // `<` could end the element that the words stand in.
    words: JSON.stringify(JSON.parse(await read('words.json'))).replaceAll('<', String.raw`\u003c`),
  });
  const look = `:root { --accent: ${color}; --on-accent: ${readableOn(color)}; }\n`;
  return [
    ...accountTasks.map((task) => [task, 'text/html', page] as const),
    ['page.mjs', 'text/javascript', await read('page.mjs')] as const,
    ['page.css', 'text/css', look + (await read('page.css'))] as const,
  ];
}

async function read(name: string): Promise<string> {
  return await readFile(join(packageRoot, 'account-pages', name), 'utf8');
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}
