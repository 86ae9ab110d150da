import { z } from 'zod';
import { list, type Reader, reader, singleLine } from './env.js';

/** An http(s) URL without credentials, query or fragment; a trailing slash is dropped. */
export function httpUrl(): Reader<string> {
  return reader(plainUrl(['https:', 'http:']), 'an http(s) URL without credentials, query or fragment');
}

/** An https URL without credentials or fragment. */
export function httpsUrl(): Reader<string> {
  const schema = singleLine.refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === '';
  });
  return reader(schema, 'an https URL');
}

/** Domains, lower case. */
export function domainList(): Reader<readonly string[]> {
  return list(domain, 'domains such as `example.com`');
}

/** The domain of a cookie: at least two labels, so that no public suffix of one label is named. */
export function cookieDomain(): Reader<string> {
  return reader(domain, 'a domain such as `example.com`');
}

/** A part of a cookie's name: letters, digits, `_` and `-`. */
export function cookieName(): Reader<string> {
  return reader(singleLine.regex(/^[A-Za-z0-9_-]{1,40}$/), '1 to 40 letters, digits, `_` or `-`');
}

/** A colour as `#rrggbb`. */
export function hexColor(): Reader<string> {
  return reader(singleLine.regex(/^#[0-9a-fA-F]{6}$/), 'a colour such as `#1d4ed8`');
}

/** A BCP 47 language tag. */
export function languageTag(): Reader<string> {
  const schema = singleLine.refine((text) => /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text));
  return reader(schema, 'a language tag such as `en` or `de-AT`');
}

/** A host name: of passkeys, which know neither ports nor addresses, but know `localhost`. */
export function host(): Reader<string> {
  return reader(z.union([z.literal('localhost'), domain]), 'a domain such as `example.com`');
}

/** Names such as `system_admin`. */
export function nameList(): Reader<readonly string[]> {
  return list(singleLine.regex(/^[a-z][a-z0-9_:-]{0,49}$/), 'names such as `system_admin`');
}

/** Origins: a scheme and a host, without a path. */
export function originList(): Reader<readonly string[]> {
  const origin = singleLine.refine((text) => URL.canParse(text) && new URL(text).origin === text);
  return list(origin, 'origins such as `https://app.example.com`');
}

/** The name of an HTTP header, lower case. */
export function headerName(): Reader<string> {
  return reader(singleLine.toLowerCase().regex(/^[a-z0-9-]{1,60}$/), 'the name of a header');
}

const domain = singleLine.toLowerCase().regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/);

function plainUrl(schemes: readonly string[]): z.ZodType<string, string> {
  return singleLine
    .refine((text) => {
      const url = URL.canParse(text) ? new URL(text) : null;
      if (!url || !schemes.includes(url.protocol) || /[?#\\]/.test(text)) return false;
      return url.username === '' && url.password === '';
    })
    .transform((text) => text.replace(/\/+$/, ''));
}
