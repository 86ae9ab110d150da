import type { TestApp } from './app.js';

/** What `/auth/introspect` answers. */
export interface IntrospectAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- it has the shape of the test's own request
  readonly json: Record<string, any>;
}

/** The whole of what is said of a token that is not active, or not the asker's business. */
export const INACTIVE = '{"active":false}';

/** Posts a form. */
export async function introspect(
  app: TestApp,
  form: string | Record<string, string>,
  headers: Record<string, string> = {},
): Promise<IntrospectAnswer> {
  const body = new URLSearchParams(form).toString();
  return await ask(app, body, { 'content-type': 'application/x-www-form-urlencoded', ...headers });
}

/** Posts JSON; a text goes as it is. */
export async function introspectJson(
  app: TestApp,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<IntrospectAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await ask(app, text, { 'content-type': 'application/json', ...headers });
}

async function ask(app: TestApp, body: string, headers: Record<string, string>): Promise<IntrospectAnswer> {
  const response = await fetch(`${app.url}/auth/introspect`, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}
