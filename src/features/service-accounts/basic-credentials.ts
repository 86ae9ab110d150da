const BASIC_CREDENTIALS = /^basic +([A-Za-z0-9+/]+=*) *$/i;

/** A client's id and secret, as presented. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The id and secret of a Basic header, form-decoded as RFC 6749 §2.3.1 asks, or null. */
export function basicCredentials(authorization: string | null | undefined): ClientCredentials | null {
  const encoded = BASIC_CREDENTIALS.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return null;
  const [clientId, clientSecret] = [pair.slice(0, colon), pair.slice(colon + 1)].map(formDecode);
  return clientId != null && clientSecret != null ? { clientId, clientSecret } : null;
}

function formDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
