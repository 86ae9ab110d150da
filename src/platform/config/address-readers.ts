import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { Secret } from '../../kernel/secret.js';
import { jsonStrings, list, type Reader, reader, secretReader, singleLine } from './env.js';

/** An http(s) origin: scheme, host, port; a trailing slash is dropped. */
export function origin(): Reader<string> {
  return reader(httpOrigin, 'an origin such as `https://auth.example.com`, without a path');
}

/** Origins that a browser may call from, or `*`. */
export function originList(): Reader<readonly string[]> {
  return list(z.union([z.literal('*'), httpOrigin]), 'origins such as `https://app.example.com` (or `*`)');
}

/** Regular expressions, each anchored so that it must match a whole origin. */
export function originPatterns(): Reader<readonly string[]> {
  const pattern = singleLine.refine(isPattern).transform((text) => `^(?:${text})$`);
  const schema = z
    .string()
    .transform((text) => jsonStrings(text) ?? [text])
    .pipe(z.array(pattern));
  return reader(schema, 'a regular expression or a JSON array of them; each must match a whole origin');
}

/** An http(s) identifier as RFC 8414 §2 wants an issuer: no credentials, query or fragment. Kept as written. */
export function issuerUrl(): Reader<string> {
  const schema = singleLine.refine((text) => {
    const url = parseUrl(text);
    if (!url || !isHttp(url) || /[\s?#\\]/.test(text)) return false;
    return url.username === '' && url.password === '';
  });
  return reader(schema, 'an http(s) URL without credentials, query or fragment');
}

/** The address of a Postgres database, password included. */
export function postgresUrl(): Reader<Secret> {
  const schema = singleLine
    .refine((text) => /^postgres(ql)?:$/.test(parseUrl(text)?.protocol ?? ''))
    .transform((text) => new Secret(text));
  return secretReader(schema, 'a `postgres://` or `postgresql://` address');
}

/** Addresses and networks in CIDR notation; a network of every address is refused. */
export function networkList(): Reader<readonly string[]> {
  return list(singleLine.refine(isNetwork), 'IP addresses or networks such as `10.0.0.0/8`');
}

/** An address that mail comes from: `name@example.com` or `Name <name@example.com>`. */
export function sender(): Reader<string> {
  const schema = singleLine.refine((text) => {
    const bracketed = /^[^<>"\\,;:@]+ <([^<>]+)>$/.exec(text);
    return z.email().safeParse(bracketed?.[1] ?? text).success;
  });
  return reader(schema, 'an address such as `Latchkey <no-reply@example.com>`');
}

/** An e-mail address. */
export function emailAddress(): Reader<string> {
  return reader(z.string().trim().pipe(z.email().max(254)), 'an e-mail address');
}

const httpOrigin = singleLine
  .refine((text) => {
    const url = parseUrl(text);
    return url !== null && isHttp(url) && url.href === `${url.origin}/` && !/[?#\\]/.test(text);
  })
  .transform((text) => new URL(text).origin);

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isHttp(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`, 'u');
    return true;
  } catch {
    return false;
  }
}

// Trusting every address would let any client name its own (ASVS 4.1.3), so `/0` is no network.
function isNetwork(text: string): boolean {
  const [address = '', ...rest] = text.split('/');
  const written = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  if (!written || rest.length === 0) return written;
  return ipaddr.isValidCIDR(text) && !/\/0+$/.test(text);
}
