import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import words from '../../../account-pages/words.json' with { type: 'json' };
import { schemaOfAllFeatures } from '../../../src/app/print-schema.js';
import { PasswordFaultCode } from '../../../src/features/login/methods/password/password.policy.js';
import { accountPagesRoute, accountTasks } from '../../../src/http/account-pages.route.js';
import { securityHeaders } from '../../../src/http/security-headers.js';
import { testConfig } from '../../support/config.js';

const folder = join(import.meta.dirname, '../../../account-pages');
const script = readFileSync(join(folder, 'page.mjs'), 'utf8');
const config = testConfig({
  mailLook: { productName: '</script><script>alert(1)</script> "Co" $& {{words}}', color: '#ffee00' },
});

let app: FastifyInstance;
beforeAll(async () => {
  app = Fastify();
  await app.register(securityHeaders, { publicUrl: 'https://auth.test' });
  // As an application may mount it: every address within the page is relative.
  await app.register(accountPagesRoute({ config }), { prefix: '/auth' });
});
afterAll(() => app.close());

const pages = accountTasks.map((task) => `/auth/account/${task}`);
const files = ['/auth/account/page.mjs', '/auth/account/page.css'];

test.each([...pages, ...files])(
  '%s loads nothing from elsewhere, is kept nowhere, and tells nobody of itself',
  async (url) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const { statusCode, headers } = await app.inject({ method, url });
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    }
  },
);

test.each(pages)('%s has nothing inline that would run, and every address in it is relative', async (url) => {
  const { body, headers } = await app.inject(url);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  const scripts = [...body.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
  expect(scripts).toEqual([
    '<script id="words" type="application/json">',
    '<script src="page.mjs" type="module">',
  ]);
  expect(body).not.toMatch(/ (?:on\w+|style)=/);
  const addresses = [...body.matchAll(/ (?:src|href|action)="([^"]*)"/g)].map(([, address]) => address);
  expect(new Set(addresses)).toEqual(new Set(['data:,', 'page.css', 'page.mjs']));
});

test('the name of the product is text, whatever it holds', async () => {
  const { body } = await app.inject(pages[0] ?? '');
  expect(body).toContain(
    '<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;Co&quot; $&amp; {{words}}</title>',
  );
  const [, json = ''] = /<script id="words"[^>]*>([^<]*)<\/script>/.exec(body) ?? [];
  expect(JSON.parse(json)).toEqual(words);
});

test('the button has the operator’s colour, and a label that stands out from it', async () => {
  const { body } = await app.inject('/auth/account/page.css');
  expect(body.split('\n')[0]).toBe(':root { --accent: #ffee00; --on-accent: #000000; }');
});

describe('the words', () => {
  test('of every language say the same things', () => {
    for (const [language, own] of Object.entries(words))
      expect(keysOf(own), language).toEqual(keysOf(words.en));
  });

  test('are there for every task and every reason against a password', () => {
    for (const { tasks, reasons, strengths } of Object.values(words)) {
      expect(Object.keys(tasks).toSorted()).toEqual([...accountTasks].toSorted());
      expect(Object.keys(reasons).toSorted()).toEqual(Object.keys(PasswordFaultCode).toSorted());
      expect(strengths).toHaveLength(5);
    }
  });
});

test('every operation that the page sends is one of the schema', () => {
  const operations = [...script.matchAll(/['`]((?:mutation|query) [^'`]*)['`]/g)].map(
    ([, text = '']) => text,
  );
  expect(operations).toHaveLength(accountTasks.length + 2);
  const schema = schemaOfAllFeatures();
  for (const operation of operations) expect(validate(schema, parse(operation)), operation).toEqual([]);
});

/** The paths of all texts in it. */
function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value)
    .flatMap(([key, each]) => keysOf(each, `${path}.${key}`))
    .toSorted();
}
