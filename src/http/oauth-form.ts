import type { FastifyRequest } from 'fastify';
import { OAuthError } from './oauth-error.js';

/** The body of a request to an OAuth endpoint. */
export type OAuthForm = Readonly<Record<string, unknown>>;

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
