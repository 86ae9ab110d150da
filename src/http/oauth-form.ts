import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OAuthError } from './oauth-error.js';

/** The body of a request to an OAuth endpoint. */
export type OAuthForm = Readonly<Record<string, unknown>>;

/** One parameter of characters that stand for themselves: what almost every question is. */
const TOKEN_ALONE = /^token=([A-Za-z0-9._~-]+)$/;

/** Reads forms on the routes of `server`: each parameter is its text, or a list where it is repeated. */
export function acceptForms(server: FastifyInstance, options: { readonly bodyLimit: number }): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', ...options },
    (_request, body, done) => {
      const text = String(body);
      const token = TOKEN_ALONE.exec(text)?.[1];
      done(null, token === undefined ? parse(text) : { token });
    },
  );
}

/** The form of a request. Throws invalid_request for any other body. */
export function oauthFormOf({ body, headers }: FastifyRequest): OAuthForm {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  if (!isForm || typeof body !== 'object' || body === null) {
    throw new OAuthError('invalid_request', 'Send a form: application/x-www-form-urlencoded.');
  }
  return body as OAuthForm;
}

/** One parameter, present once, or null (RFC 6749 §3.2: parameters must not repeat, and empty ones are left out). */
export function parameterOf(form: OAuthForm, name: string): string | null {
  const value = form[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string')
    throw new OAuthError('invalid_request', `The parameter ${name} is repeated.`);
  return value;
}
