import type { IncomingHttpHeaders } from 'node:http';
import { type SetCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply } from 'fastify';

/** How the cookies of a deployment are called, and where browsers send them. */
export interface CookieSettings {
  readonly name: string;
  readonly secure: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly domain: string | null;
  /** No cookie of a session lives longer, in seconds; null: as long as what it holds. */
  readonly maxAgeSeconds: number | null;
}

export type CookieRole = 'access' | 'refresh' | 'csrf' | 'device';

/** Cookies of a session end with it; the device outlives it. */
export const sessionCookieRoles = ['access', 'refresh', 'csrf'] as const satisfies readonly CookieRole[];

/** Names, reads, sets and clears the cookies of a deployment. */
export class Cookies {
  readonly #settings: CookieSettings;
  readonly #names: Readonly<Record<CookieRole, string>>;

  constructor(settings: CookieSettings) {
    this.#settings = settings;
    const prefix = `${prefixOf(settings)}${settings.name}_`;
    this.#names = {
      access: `${prefix}access`,
      refresh: `${prefix}refresh`,
      csrf: `${prefix}csrf`,
      device: `${prefix}device`,
    };
  }

  /** The full name of a cookie, such as `__Host-latchkey_access`. */
  nameOf(role: CookieRole): string {
    return this.#names[role];
  }

  /**
   * The value of a cookie in a `Cookie` header, or null. One that is there twice is worth nothing, and read as
   * empty: a neighbouring host can add a cookie of the same name, and nobody can tell whose comes first.
   */
  read(header: string | undefined, role: CookieRole): string | null {
    if (header === undefined) return null;
    const name = this.#names[role];
    const values = header.split(';').flatMap((pair) => valueOf(pair, name));
    return values.length > 1 ? '' : (values[0] ?? null);
  }

  /**
   * The access token in the cookie, or null. A request that presents any other credential is judged by that one
   * alone (CVE-2026-9704), and its cookies are not even looked at.
   */
  accessTokenOf(headers: IncomingHttpHeaders): string | null {
    if (presentsCredential(headers)) return null;
    return this.read(headers.cookie, 'access');
  }

  /** Sets a cookie for `maxAgeSeconds`, one of a session for no longer than the settings say. */
  set(reply: FastifyReply, role: CookieRole, value: string, maxAgeSeconds: number): void {
    const { maxAgeSeconds: most } = this.#settings;
    const capped = role === 'device' || most === null ? maxAgeSeconds : Math.min(maxAgeSeconds, most);
    const maxAge = Math.max(0, Math.floor(capped));
    reply.header('set-cookie', stringifySetCookie({ ...this.#attributes(role), value, maxAge }));
  }

  /** Makes the browser forget a cookie; the attributes are those it was set with, else it would stay. */
  clear(reply: FastifyReply, role: CookieRole): void {
    const expired = { value: '', maxAge: 0, expires: new Date(0) };
    reply.header('set-cookie', stringifySetCookie({ ...this.#attributes(role), ...expired }));
  }

  #attributes(role: CookieRole): SetCookie {
    const { secure, sameSite, domain } = this.#settings;
    return {
      name: this.#names[role],
      value: '',
      path: '/',
      secure,
      // The CSRF token is the one that the page's own script has to read and repeat in a header.
      httpOnly: role !== 'csrf',
      sameSite,
      ...(domain === null ? {} : { domain }),
    };
  }
}

/** Whether a request says who sends it by other means than a cookie, be it well or badly. */
export function presentsCredential(headers: IncomingHttpHeaders): boolean {
  return headers.authorization !== undefined || headers['x-api-key'] !== undefined;
}

/**
 * `__Host-` makes the browser refuse the cookie unless it is Secure, for this host only and for every path, so
 * that no neighbouring host can plant one (RFC 6265bis §4.1.3.2). A cookie for a whole domain cannot have that.
 */
function prefixOf({ secure, domain }: CookieSettings): string {
  if (!secure) return '';
  return domain === null ? '__Host-' : '__Secure-';
}

/**
 * Only what a browser writes between cookies is skipped, a space: a parser that drops more would read a name
 * that the browser has not guarded, with an odd blank before the prefix, as the guarded one.
 */
function valueOf(pair: string, name: string): string[] {
  const start = pair.startsWith(' ') ? 1 : 0;
  return pair.startsWith(`${name}=`, start) ? [pair.slice(start + name.length + 1)] : [];
}
